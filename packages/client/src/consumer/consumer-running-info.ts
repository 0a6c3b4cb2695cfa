/** The inner state of a consumer, as the reference's tools show it. */

import type { Clock } from '@rocketmq-ts/common';
import type { SubscriptionData } from '@rocketmq-ts/filter';
import { type ConsumerRunningInfo, CURRENT_VERSION, type ProcessQueueInfo, versionName } from '@rocketmq-ts/remoting';
import type { ConsumerStats } from './consumer-stats.js';
import type { OffsetStore } from './offset-store.js';
import type { ProcessQueueState } from './process-queue.js';

const BYTES_PER_MIB = 1024 * 1024;

export interface RunningInfoSource {
  readonly clock: Clock;
  readonly consumeType: 'CONSUME_ACTIVELY' | 'CONSUME_PASSIVELY';
  readonly isOrderly: boolean;
  readonly concurrency: number;
  readonly nameServers: readonly string[];
  /** ms since the epoch. */
  readonly startTimestamp: number;
  readonly subscriptions: readonly SubscriptionData[];
  readonly processQueues: Iterable<ProcessQueueState>;
  readonly offsets: OffsetStore;
  readonly stats: ConsumerStats;
}

/** Source: ConsumerRunningInfo, DefaultMQPushConsumerImpl#consumerRunningInfo. */
export function runningInfoOf(source: RunningInfoSource): ConsumerRunningInfo {
  const { subscriptions, stats, offsets, clock } = source;
  return {
    properties: new Map([
      ['PROP_NAMESERVER_ADDR', `${source.nameServers.join(';')};`],
      ['PROP_CONSUME_TYPE', source.consumeType],
      ['PROP_CONSUMEORDERLY', String(source.isOrderly)],
      ['PROP_THREADPOOL_CORE_SIZE', String(source.concurrency)],
      ['PROP_CONSUMER_START_TIMESTAMP', String(source.startTimestamp)],
      ['PROP_CLIENT_VERSION', versionName(CURRENT_VERSION)],
    ]),
    subscriptionSet: subscriptions,
    mqTable: new Map([...source.processQueues].map((queue) => [queue.queue, queueInfo(queue, offsets, clock)])),
    mqPopTable: new Map(),
    statusTable: new Map(subscriptions.map(({ topic }) => [topic, stats.statusOf(topic)])),
    userConsumerInfo: new Map(),
  };
}

function queueInfo(queue: ProcessQueueState, offsets: OffsetStore, clock: Clock): ProcessQueueInfo {
  return {
    commitOffset: offsets.peek(queue.queue) ?? -1,
    cachedMsgMinOffset: queue.minOffset ?? 0,
    cachedMsgMaxOffset: queue.count === 0 ? 0 : (queue.maxOffset ?? 0),
    cachedMsgCount: queue.count,
    cachedMsgSizeInMiB: Math.floor(queue.bytes / BYTES_PER_MIB),
    transactionMsgMinOffset: 0,
    transactionMsgMaxOffset: 0,
    transactionMsgCount: 0,
    locked: queue.locked,
    tryUnlockTimes: 0,
    lastLockTimestamp: queue.locked ? Math.round(clock.now() - (clock.monotonicMs() - queue.lockedMs)) : 0,
    droped: queue.dropped,
    lastPullTimestamp: queue.lastPullTimestamp,
    lastConsumeTimestamp: queue.lastConsumeTimestamp,
  };
}
