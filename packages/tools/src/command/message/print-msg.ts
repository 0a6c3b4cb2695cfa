/** `mqadmin printMsg`: the messages of a topic, queue by queue. */
import { uniqueIdOf } from '@rocketmq-ts/client';
import { bool, requiredText, text } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';
import { bodyDecoder, messageJson, messageText, queueText } from './message-text.js';
import { addressOfQueue, type Batch, queuesOf, readStretch, stretchOf, timeOf } from './queue-reader.js';

export const printMsg = defineCommand({
  name: 'printMsg',
  doc: 'Print the messages of a topic.',
  options: {
    beginTimestamp: text('b', 'beginTimestamp', 'Oldest store time: ms or yyyy-MM-dd#HH:mm:ss:SSS'),
    charsetName: text('c', 'charsetName', 'Character set of the bodies (default UTF-8)'),
    printBody: bool('d', 'printBody', 'Print the bodies (true|false, default true)'),
    endTimestamp: text('e', 'endTimestamp', 'Newest store time: ms or yyyy-MM-dd#HH:mm:ss:SSS'),
    lmqParentTopic: text('l', 'lmqParentTopic', 'Parent topic of a light queue: finds the brokers'),
    subExpression: text('s', 'subExpression', 'Only these tags, e.g. TagA || TagB'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, options) {
    const { out } = context;
    const { topic, lmqParentTopic, subExpression: tags = '*', charsetName = 'UTF-8', printBody = true } = options;
    const bodyText = printBody ? bodyDecoder(charsetName) : (): string => 'NOT PRINT BODY';
    const times = {
      begin: timeOf('beginTimestamp', options.beginTimestamp),
      end: timeOf('endTimestamp', options.endTimestamp),
    };
    const routeTopic = lmqParentTopic ?? topic;
    for (const queue of await queuesOf(context, topic, routeTopic)) {
      const address = await addressOfQueue(context, queue, routeTopic);
      const stretch = await stretchOf(context, address, queue, times);
      out.line('minOffset=%s, maxOffset=%s, %s', stretch.minOffset, stretch.maxOffset, queueText(queue));
      for await (const batch of readStretch(context, address, queue, { ...stretch, tags })) {
        printMessages(context, batch, bodyText);
        if (batch.status === 'FOUND') continue;
        const what = batch.status === 'NO_MATCHED_MSG' ? 'no matched msg.' : 'print msg finished.';
        out.line('%s %s status=%s, offset=%s', queueText(queue), what, batch.status, batch.offset);
      }
      out.line('--------------------------------------------------------');
    }
  },
});

/** One line per message; in JSON one item. */
export function printMessages(
  { out }: CommandContext,
  { messages }: Batch,
  bodyText: (message: Batch['messages'][number]) => string,
): void {
  for (const message of messages) {
    if (out.json) out.report(messageJson(message), '');
    else out.line('MSGID: %s %s BODY: %s', uniqueIdOf(message), messageText(message), bodyText(message));
  }
}
