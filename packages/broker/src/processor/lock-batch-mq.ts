/** LOCK_BATCH_MQ: a client that consumes in order takes queues for itself. */
import { validateGroup } from '@rocketmq-ts/common';
import {
  LOCK_BATCH_MQ,
  LockBatchRequestBody,
  LockBatchResponseBody,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { MAX_CLIENT_ID_CHARS } from '../client/client-channel.js';
import type { RebalanceLockManager } from '../client/rebalance-lock-manager.js';
import { decodeBody } from './decode-body.js';
import { Lanes } from './lanes.js';

const MAX_TOPIC_CHARS = 255;

/** Source: AdminBrokerProcessor#lockBatchMQ, without strict mode: it takes replicas. */
export function lockBatchMq({ locks }: { locks: Pick<RebalanceLockManager, 'tryLock'> }): Processor {
  return processor(LOCK_BATCH_MQ, Lanes.ADMIN, (_header, exchange) => {
    const { consumerGroup, clientId = '', mqSet } = decodeBody(LockBatchRequestBody, exchange);
    const invalid = validateGroup(consumerGroup);
    if (consumerGroup === undefined || invalid !== undefined || clientId.length > MAX_CLIENT_ID_CHARS) {
      return { code: ResponseCode.INVALID_PARAMETER, remark: invalid ?? 'The client id is too long.' };
    }
    const queues = mqSet.filter(
      ({ topic, brokerName }) => Math.max(topic.length, brokerName.length) <= MAX_TOPIC_CHARS,
    );
    const lockOKMQSet = locks.tryLock(consumerGroup, queues, clientId);
    return { code: ResponseCode.SUCCESS, body: LockBatchResponseBody.encode({ lockOKMQSet }) };
  });
}
