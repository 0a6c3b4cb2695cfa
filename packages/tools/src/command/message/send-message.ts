/** `mqadmin sendMessage`: sends one message. */
import type { SendResult } from '@rocketmq-ts/client';
import { bool, int, requiredText, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { UsageError } from '../../cli/parse-options.js';
import { defineCommand } from '../command.js';
import { withProducer } from '../producing.js';

const TABLE: Table<SendResult> = {
  titles: ['#Broker Name', '#QID', '#Send Result', '#MsgId'],
  rowFormat: '%-32s  %-4s  %-20s    %s',
  cells: ({ queue, status, messageId }) => [queue.brokerName, queue.queueId, status, messageId],
};

export const sendMessage = defineCommand({
  name: 'sendMessage',
  doc: 'Send a message.',
  options: {
    broker: text('b', 'broker', 'Name of the broker, with -i'),
    tags: text('c', 'tags', 'Tag'),
    qid: int('i', 'qid', 'Number of the queue, with -b'),
    key: text('k', 'key', 'Keys, separated by spaces'),
    msgTraceEnable: bool('m', 'msgTraceEnable', 'Trace the message (not part of this version)'),
    body: requiredText('p', 'body', 'Body, as text'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, { broker, tags: tag, qid, key, msgTraceEnable, body, topic }) {
    if (qid !== undefined && broker === undefined)
      throw new UsageError('Broker name must be set if the queue is chosen!');
    if (msgTraceEnable) throw new UsageError('option -m/--msgTraceEnable: tracing is not part of this version');
    const hasQueue = broker !== undefined && qid !== undefined && qid >= 0;
    const to = hasQueue ? { queue: { topic, brokerName: broker, queueId: qid } } : {};
    const message = { topic, body, ...(tag ? { tag } : {}), ...(key ? { keys: key.split(' ') } : {}) };
    const group = String(context.clock.now());
    const result = await withProducer(context, { group }, (producer) => producer.send(message, to));
    context.out.table(TABLE, [result]);
  },
});
