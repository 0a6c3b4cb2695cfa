/** Where a group starts on a queue that it has no progress on. */
import { isRetryTopic, type MessageQueue } from '@rocketmq-ts/common';
import type { ConsumeFromWhere } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { type Moment, momentMs } from '../moment.js';
import { maxOffsetOf, searchOffsetOf } from './broker-calls.js';
import type { OffsetStore } from './offset-store.js';

/** The end of the queue, its start, or the first message stored at a time (ms since the epoch). */
export type ConsumeFrom = 'last' | 'first' | Moment;

/** @throws InvalidArgumentError */
export function checkedConsumeFrom(consumeFrom: ConsumeFrom = 'last'): ConsumeFrom {
  if (consumeFrom !== 'last' && consumeFrom !== 'first') momentMs('consumeFrom', consumeFrom);
  return consumeFrom;
}

/** The offset to start at: progress that is kept counts before anything else. Source: RebalancePushImpl#computePullFromWhereWithException. */
export async function startOffset(
  client: ClientInstance,
  offsets: OffsetStore,
  queue: MessageQueue,
  consumeFrom: ConsumeFrom,
): Promise<number> {
  const kept = await offsets.fetch(queue);
  if (kept !== undefined && kept >= 0) return kept;
  // What was handed back for retry must not be missed, from its first message on.
  if (consumeFrom === 'last') return isRetryTopic(queue.topic) ? 0 : maxOffsetOf(client, queue);
  // 0 may be gone already: the first pull then tells the offset that is there.
  if (consumeFrom === 'first') return 0;
  return isRetryTopic(queue.topic)
    ? maxOffsetOf(client, queue)
    : searchOffsetOf(client, queue, momentMs('consumeFrom', consumeFrom));
}

/** The reference's name of where to start, for heartbeats. */
export function consumeFromWhereOf(consumeFrom: ConsumeFrom): ConsumeFromWhere {
  if (consumeFrom === 'last') return 'CONSUME_FROM_LAST_OFFSET';
  return consumeFrom === 'first' ? 'CONSUME_FROM_FIRST_OFFSET' : 'CONSUME_FROM_TIMESTAMP';
}
