/** UPDATE_BROKER_CONFIG: changes settings of a running broker. */
import { type Processor, processor, ResponseCode, UPDATE_BROKER_CONFIG } from '@rocketmq-ts/remoting';
import type { BrokerConfigService } from '../../broker-config-service.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#updateBrokerConfig. */
export function updateBrokerConfig({
  configService,
}: {
  configService: Pick<BrokerConfigService, 'update'>;
}): Processor {
  return processor(UPDATE_BROKER_CONFIG, Lanes.ADMIN, async (_header, { command }) => {
    if (command.body !== undefined) await configService.update(command.body);
    return { code: ResponseCode.SUCCESS };
  });
}
