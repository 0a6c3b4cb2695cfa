/** GET_ALL_PRODUCER_INFO: the producers of all groups. */
import {
  GET_ALL_PRODUCER_INFO,
  type Processor,
  ProducerTableInfo,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ProducerManager } from '../../client/producer-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getAllProducerInfo, ProducerManager#getProducerTable. */
export function getAllProducerInfo({ producers }: { producers: Pick<ProducerManager, 'groups'> }): Processor {
  return processor(GET_ALL_PRODUCER_INFO, Lanes.ADMIN, () => {
    const data = new Map(
      [...producers.groups].map(([group, channels]) => [
        group,
        Array.from(channels.values(), ({ clientId, connection, language, version, lastUpdateTimestamp }) => ({
          clientId,
          // Java prints an address that was never a name with a slash before it, and tools cut that off.
          remoteIP: `/${connection.remoteAddress}`,
          language,
          version,
          lastUpdateTimestamp,
        })),
      ]),
    );
    return { code: ResponseCode.SUCCESS, body: ProducerTableInfo.encode({ data }) };
  });
}
