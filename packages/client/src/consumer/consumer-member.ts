/** A consumer as its client and the brokers see it: heartbeat data, running info, offsets. */
import type { MessageQueue } from '@rocketmq-ts/common';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumerMember } from '../client-member.js';
import { runningInfoOf } from './consumer-running-info.js';
import type { ConsumerStats } from './consumer-stats.js';
import type { HeldQueues } from './held-queues.js';
import type { OffsetStore } from './offset-store.js';
import { type ConsumeFrom, consumeFromWhereOf } from './start-offset.js';
import type { Subscriptions } from './subscriptions.js';

/** What a member is made of. */
export interface MemberParts<T> {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  readonly options: {
    readonly isBroadcast: boolean;
    readonly isLite: boolean;
    readonly isOrderly: boolean;
    readonly concurrency: number;
    readonly consumeFrom: ConsumeFrom;
  };
  readonly subscriptions: Subscriptions;
  readonly queues: HeldQueues<T>;
  readonly offsets: OffsetStore;
  readonly stats: ConsumerStats;
  /** ms since the epoch; 0 before. */
  readonly startTimestamp: () => number;
  readonly rebalanceSoon: () => void;
  readonly consumeDirectly: ConsumerMember['consumeDirectly'];
}

/** The member that a client instance registers. */
export function consumerMemberOf<T>(parts: MemberParts<T>): ConsumerMember {
  const { client, group, subscriptions, queues, rebalanceSoon, consumeDirectly } = parts;
  const { isBroadcast, isLite, consumeFrom } = parts.options;
  return {
    kind: 'consumer',
    group,
    topics: () => subscriptions.topics,
    consumerData: () => ({
      groupName: group,
      consumeType: isLite ? 'CONSUME_ACTIVELY' : 'CONSUME_PASSIVELY',
      messageModel: isBroadcast ? 'BROADCASTING' : 'CLUSTERING',
      consumeFromWhere: consumeFromWhereOf(consumeFrom),
      subscriptionDataSet: subscriptions.all,
      unitMode: client.options.unitMode,
    }),
    rebalanceSoon,
    runningInfo: () => runningInfo(parts),
    consumedOffsets: (topic) => consumedOffsets(parts, topic),
    resetOffsets: (topic, offsets) => queues.reset(new Map([...offsets].filter(([queue]) => queue.topic === topic))),
    consumeDirectly,
  };
}

function runningInfo<T>(parts: MemberParts<T>): ReturnType<ConsumerMember['runningInfo']> {
  const { client, options, subscriptions, queues, offsets, stats, startTimestamp } = parts;
  return runningInfoOf({
    clock: client.ports.clock,
    consumeType: options.isLite ? 'CONSUME_ACTIVELY' : 'CONSUME_PASSIVELY',
    isOrderly: options.isOrderly,
    concurrency: options.concurrency,
    nameServers: client.nameServers.addresses,
    startTimestamp: startTimestamp(),
    subscriptions: subscriptions.all,
    processQueues: queues.processQueues(),
    offsets,
    stats,
  });
}

function consumedOffsets<T>({ queues, offsets }: MemberParts<T>, topic: string): ReadonlyMap<MessageQueue, number> {
  const ofTopic = queues.held().filter((queue) => queue.topic === topic);
  return new Map(ofTopic.map((queue) => [queue, offsets.peek(queue) ?? -1]));
}
