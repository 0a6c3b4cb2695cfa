/** GET_BROKER_CONFIG: the settings of a broker as properties text, secrets masked. */
import { GET_BROKER_CONFIG, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import type { BrokerConfigService } from '../../broker-config-service.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getBrokerConfig. */
export function getBrokerConfig({
  configService,
}: {
  configService: Pick<BrokerConfigService, 'describe' | 'dataVersion'>;
}): Processor {
  return processor(GET_BROKER_CONFIG, Lanes.ADMIN, () => ({
    code: ResponseCode.SUCCESS,
    header: { version: JSON.stringify(configService.dataVersion) },
    body: Buffer.from(configService.describe()),
  }));
}
