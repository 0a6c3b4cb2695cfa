/** Static topics: logical queues with fixed numbers, each lying on one broker at a time. */
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import type { TopicQueueMappingInfo } from '@rocketmq-ts/remoting';

const MOCK_BROKER_PREFIX = '__syslo__';
const NO_BROKER = '__syslo__none__';
const GLOBAL_SCOPE = '__global__';

/** Most logical queues of a topic. */
const MAX_LOGICAL_QUEUES = 65_536;

export interface StaticTopicQueues {
  readonly queues: readonly MessageQueue[];
  /** Name of the broker that holds a logical queue now, by the key of the queue. */
  readonly owners: ReadonlyMap<string, string>;
}

/** True for the made-up broker name of a logical queue. */
export function isLogicalBroker(brokerName: string): boolean {
  return brokerName.startsWith(MOCK_BROKER_PREFIX);
}

/** Of several claims to a queue the one with the highest epoch counts. Source: ClientMetadata#topicRouteData2EndpointsForStaticTopic. */
export function staticTopicQueues(
  topic: string,
  mappings: ReadonlyMap<string, TopicQueueMappingInfo>,
): StaticTopicQueues {
  const queues: MessageQueue[] = [];
  const owners = new Map<string, string>();
  for (const scope of new Set([...mappings.values()].map((mapping) => mapping.scope))) {
    const claims = [...mappings.values()].filter((mapping) => mapping.scope === scope).sort(byEpoch);
    const brokerName = MOCK_BROKER_PREFIX + (scope === GLOBAL_SCOPE ? scope.slice(2) : scope);
    const total = Math.min(claims.at(-1)?.totalQueues ?? 0, MAX_LOGICAL_QUEUES);
    for (let queueId = 0; queueId < total; queueId++) {
      const queue = { topic, brokerName, queueId };
      queues.push(queue);
      owners.set(
        messageQueueKey(queue),
        claims.findLast(({ currIdMap }) => currIdMap.has(queueId))?.bname ?? NO_BROKER,
      );
    }
  }
  return { queues, owners };
}

function byEpoch(a: TopicQueueMappingInfo, b: TopicQueueMappingInfo): number {
  return a.epoch - b.epoch || a.totalQueues - b.totalQueues;
}
