/** `mqadmin printMsgByQueue`: the messages of one queue, and how often each tag occurs. */
import { tagsOf } from '@rocketmq-ts/client';
import { bool, requiredInt, requiredText, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { defineCommand } from '../command.js';
import { bodyDecoder } from './message-text.js';
import { printMessages } from './print-msg.js';
import { addressOfQueue, readStretch, stretchOf, timeOf } from './queue-reader.js';

interface TagRow {
  readonly tag: string;
  readonly count: number;
}

const TAGS: Table<TagRow> = {
  titles: [],
  rowFormat: 'Tag: %-30s Count: %s',
  cells: ({ tag, count }) => [tag, count],
};

export const printMsgByQueue = defineCommand({
  name: 'printMsgByQueue',
  doc: 'Print the messages of one queue, or count their tags.',
  options: {
    brokerName: requiredText('a', 'brokerName', 'Name of the broker'),
    beginTimestamp: text('b', 'beginTimestamp', 'Oldest store time: ms or yyyy-MM-dd#HH:mm:ss:SSS'),
    charsetName: text('c', 'charsetName', 'Character set of the bodies (default UTF-8)'),
    printBody: bool('d', 'printBody', 'Print the bodies (true|false, default false)'),
    endTimestamp: text('e', 'endTimestamp', 'Newest store time: ms or yyyy-MM-dd#HH:mm:ss:SSS'),
    calculate: bool('f', 'calculate', 'Count the tags (true|false, default false)'),
    queueId: requiredInt('i', 'queueId', 'Number of the queue'),
    printMsg: bool('p', 'print msg', 'Print the messages (true|false, default false)'),
    subExpression: text('s', 'subExpression', 'Only these tags, e.g. TagA || TagB'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, options) {
    const { topic, brokerName, queueId, subExpression: tags = '*', charsetName = 'UTF-8' } = options;
    const bodyText = options.printBody ? bodyDecoder(charsetName) : (): string => 'NOT PRINT BODY';
    const begin = timeOf('beginTimestamp', options.beginTimestamp);
    const end = timeOf('endTimestamp', options.endTimestamp);
    const queue = { topic, brokerName, queueId };
    const address = await addressOfQueue(context, queue, topic);
    const stretch = await stretchOf(context, address, queue, { begin, end });
    const counts = new Map<string, number>();
    for await (const batch of readStretch(context, address, queue, { ...stretch, tags })) {
      if (options.printMsg) printMessages(context, batch, bodyText);
      for (const message of options.calculate ? batch.messages : []) {
        const tag = tagsOf(message)?.trim();
        if (tag) counts.set(tag, (counts.get(tag) ?? 0) + 1);
      }
    }
    const rows = Array.from(counts, ([tag, count]) => ({ tag, count })).sort((a, b) => b.count - a.count);
    for (const row of rows) context.out.row(TAGS, row);
  },
});
