/** How far a group is behind in its topics: for one group and for all of a broker. */
import type { Clock, MessageQueue } from '@rocketmq-ts/common';
import type { ConsumeStats, OffsetWrapper } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import type { BrokerConfig } from '../../config.js';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import type { BrokerStats } from '../../stats/broker-stats.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';

export interface ConsumeStatsParts {
  readonly config: Pick<BrokerConfig, 'brokerName'>;
  readonly clock: Pick<Clock, 'endOfTurn'>;
  readonly topics: Pick<TopicConfigManager, 'select'>;
  readonly consumers: Pick<ConsumerManager, 'find' | 'findSubscription'>;
  readonly offsets: Pick<ConsumerOffsetManager, 'query' | 'queryPull' | 'topicsOf'>;
  readonly store: Pick<Store, 'maxOffsetInQueue' | 'storeTimestampOf'>;
  readonly stats: Pick<BrokerStats, 'consumeTps'>;
}

/** So many queues are looked at before others have their turn. */
const QUEUES_OF_TURN = 1000;

/** True unless the group is connected and subscribes to other topics only. */
export function isSubscribed(
  { consumers }: Pick<ConsumeStatsParts, 'consumers'>,
  group: string,
  topic: string,
): boolean {
  const subscriptionCount = consumers.find(group)?.subscriptions.size ?? 0;
  return subscriptionCount === 0 || consumers.findSubscription(group, topic) !== undefined;
}

/** The statistics of a group over some topics together. */
export async function collectConsumeStats(
  parts: ConsumeStatsParts,
  group: string,
  topics: Iterable<{ topic: string; queueCount: number }>,
): Promise<ConsumeStats> {
  const offsetTable = new Map<MessageQueue, OffsetWrapper>();
  let consumeTps = 0;
  let looked = 0;
  for (const { topic, queueCount } of topics) {
    for (let queueId = 0; queueId < queueCount; queueId++) {
      const queue = { topic, brokerName: parts.config.brokerName, queueId };
      offsetTable.set(queue, await offsetsOf(parts, group, queue));
      if (++looked % QUEUES_OF_TURN === 0) await new Promise<void>((resolve) => parts.clock.endOfTurn(resolve));
    }
    consumeTps += parts.stats.consumeTps(group, topic);
  }
  return { offsetTable, consumeTps };
}

async function offsetsOf(
  { offsets, store }: ConsumeStatsParts,
  group: string,
  { topic, queueId }: MessageQueue,
): Promise<OffsetWrapper> {
  const consumerOffset = Math.max(0, offsets.query(group, topic, queueId));
  const lastTimestamp = consumerOffset > 0 ? await store.storeTimestampOf(topic, queueId, consumerOffset - 1) : 0;
  return {
    brokerOffset: Math.max(0, store.maxOffsetInQueue(topic, queueId)),
    consumerOffset,
    pullOffset: Math.max(consumerOffset, offsets.queryPull(group, topic, queueId)),
    lastTimestamp: Math.max(0, lastTimestamp),
  };
}
