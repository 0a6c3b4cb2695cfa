/** UNLOCK_BATCH_MQ: a client gives up queues that it held for consuming in order. */
import {
  type Processor,
  processor,
  ResponseCode,
  UNLOCK_BATCH_MQ,
  UnlockBatchRequestBody,
} from '@rocketmq-ts/remoting';
import type { RebalanceLockManager } from '../client/rebalance-lock-manager.js';
import { decodeBody } from './decode-body.js';
import { Lanes } from './lanes.js';

/** Source: AdminBrokerProcessor#unlockBatchMQ. */
export function unlockBatchMq({ locks }: { locks: Pick<RebalanceLockManager, 'unlock'> }): Processor {
  return processor(UNLOCK_BATCH_MQ, Lanes.ADMIN, (_header, exchange) => {
    const { consumerGroup = '', clientId = '', mqSet } = decodeBody(UnlockBatchRequestBody, exchange);
    locks.unlock(consumerGroup, mqSet, clientId);
    return { code: ResponseCode.SUCCESS };
  });
}
