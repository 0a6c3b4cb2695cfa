/** `mqadmin consumeMessage`: reads messages without committing offsets. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { int, long, requiredText, text } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { type CommandContext, defineCommand } from '../command.js';
import { bodyDecoder, queueText } from './message-text.js';
import { printMessages } from './print-msg.js';
import { addressOfQueue, queuesOf, readStretch, type Stretch, stretchOf, timeOf } from './queue-reader.js';

export const consumeMessage = defineCommand({
  name: 'consumeMessage',
  doc: 'Read messages of a topic or a queue; no offset is committed.',
  options: {
    brokerName: text('b', 'brokerName', 'Name of the broker'),
    messageNumber: long('c', 'MessageNumber', 'Most messages (default 128)'),
    endTimestamp: text('e', 'endTimestamp', 'Newest store time: ms or yyyy-MM-dd#HH:mm:ss:SSS'),
    consumerGroup: text('g', 'consumerGroup', 'Group in whose name is read'),
    queueId: int('i', 'queueId', 'With -b: number of the queue'),
    offset: long('o', 'offset', 'With -i: first offset'),
    beginTimestamp: text('s', 'beginTimestamp', 'Oldest store time: ms or yyyy-MM-dd#HH:mm:ss:SSS'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, options) {
    const { brokerName, messageNumber: count = 128, consumerGroup: group, queueId, offset, topic } = options;
    if (count <= 0) throw new UsageError('Please input a positive messageNumber!');
    if (queueId !== undefined && brokerName === undefined)
      throw new UsageError('Please set the brokerName before queueId!');
    if (offset !== undefined && queueId === undefined) throw new UsageError('Please set queueId before offset!');
    const times = timesOf(context, options);
    if (brokerName === undefined || queueId === undefined) return readTopic(context, { topic, count, group, times });
    const queue = { topic, brokerName, queueId };
    const address = await addressOfQueue(context, queue, topic);
    const whole = await stretchOf(context, address, queue, times);
    if (offset !== undefined && offset > whole.maxOffset) {
      context.out.line('%s no matched msg, offset=%s', queueText(queue), offset);
      return;
    }
    const minOffset = Math.max(whole.minOffset, offset ?? 0);
    if (whole.maxOffset - minOffset > count) context.out.line('The oldler %d message will be provided', count);
    const stretch = { minOffset, maxOffset: Math.min(whole.maxOffset, minOffset + count) };
    await readQueue(context, { address, queue, stretch, group });
  },
});

interface Times {
  readonly begin: number | undefined;
  readonly end: number | undefined;
}

function timesOf(
  { clock }: CommandContext,
  typed: { beginTimestamp: string | undefined; endTimestamp: string | undefined },
): Times {
  const begin = timeOf('beginTimestamp', typed.beginTimestamp);
  const end = timeOf('endTimestamp', typed.endTimestamp);
  if (begin !== undefined && begin > clock.now()) throw new UsageError('Please set the beginTimestamp before now!');
  if (end !== undefined && end > clock.now()) throw new UsageError('Please set the endTimestamp before now!');
  if (begin !== undefined && end !== undefined && begin > end) {
    throw new UsageError('Please make sure that the beginTimestamp is less than or equal to the endTimestamp');
  }
  return { begin, end };
}

interface TopicRead {
  readonly topic: string;
  readonly count: number;
  readonly group: string | undefined;
  readonly times: Times;
}

/** The oldest messages of each queue in turn, until there are enough. */
async function readTopic(context: CommandContext, { topic, count, group, times }: TopicRead): Promise<void> {
  let left = count;
  for (const queue of await queuesOf(context, topic, topic)) {
    if (left <= 0) return;
    const address = await addressOfQueue(context, queue, topic);
    const { minOffset, maxOffset } = await stretchOf(context, address, queue, times);
    const wanted = Math.min(left, maxOffset - minOffset);
    if (maxOffset - minOffset > left) {
      context.out.line('The older %d message of the %d queue will be provided', left, queue.queueId);
    }
    left -= wanted;
    await readQueue(context, { address, queue, stretch: { minOffset, maxOffset: minOffset + wanted }, group });
  }
}

interface QueueRead {
  readonly address: string;
  readonly queue: MessageQueue;
  readonly stretch: Stretch;
  readonly group: string | undefined;
}

async function readQueue(context: CommandContext, { address, queue, stretch, group }: QueueRead): Promise<void> {
  const bodyText = bodyDecoder('UTF-8');
  for await (const batch of readStretch(context, address, queue, { ...stretch, tags: '*', group })) {
    if (batch.status === 'FOUND') {
      context.out.line('Consume ok');
      printMessages(context, batch, bodyText);
      continue;
    }
    const what = batch.status === 'NO_MATCHED_MSG' ? 'no matched msg.' : 'print msg finished.';
    context.out.line('%s %s status=%s, offset=%s', queueText(queue), what, batch.status, batch.offset);
  }
}
