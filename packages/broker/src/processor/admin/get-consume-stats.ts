/** GET_CONSUME_STATS: compares the offsets of a group with those of its queues. */
import {
  ConsumeStats,
  GET_CONSUME_STATS,
  type GetConsumeStatsRequestHeader,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { Lanes } from '../lanes.js';
import { type ConsumeStatsParts, collectConsumeStats, isSubscribed } from './consume-stats.js';

/** Source: AdminBrokerProcessor#getConsumeStats. */
export function getConsumeStats(parts: ConsumeStatsParts): Processor {
  return processor(GET_CONSUME_STATS, Lanes.ADMIN, async (header) => {
    const topics = topicsToCollect(parts, header).flatMap((topic) => {
      const config = parts.topics.select(topic);
      return config === undefined ? [] : [{ topic, queueCount: config.readQueueNums }];
    });
    const stats = await collectConsumeStats(parts, header.consumerGroup, topics);
    return { code: ResponseCode.SUCCESS, body: ConsumeStats.encode(stats) };
  });
}

function topicsToCollect(
  parts: ConsumeStatsParts,
  { consumerGroup, topic = '', topicList = '' }: GetConsumeStatsRequestHeader,
): string[] {
  const listed = [...new Set(topicList.split(';').filter((name) => name.trim() !== ''))];
  if (listed.length > 0) return listed;
  const candidates = topic.trim() === '' ? [...parts.offsets.topicsOf(consumerGroup)] : [topic];
  return candidates.filter((name) => isSubscribed(parts, consumerGroup, name));
}
