/** GET_PRODUCER_CONNECTION_LIST: the connections of a producer group. */
import {
  GET_PRODUCER_CONNECTION_LIST,
  type Processor,
  ProducerConnection,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ProducerManager } from '../../client/producer-manager.js';
import { Lanes } from '../lanes.js';
import { clientConnections } from './client-connections.js';

/** Source: AdminBrokerProcessor#getProducerConnectionList. */
export function getProducerConnectionList({ producers }: { producers: Pick<ProducerManager, 'groups'> }): Processor {
  return processor(GET_PRODUCER_CONNECTION_LIST, Lanes.ADMIN, ({ producerGroup }) => {
    const channels = producers.groups.get(producerGroup);
    if (channels === undefined) {
      return { code: ResponseCode.SYSTEM_ERROR, remark: `the producer group[${producerGroup}] not exist` };
    }
    const body = ProducerConnection.encode({ connectionSet: clientConnections(channels.values()) });
    return { code: ResponseCode.SUCCESS, body };
  });
}
