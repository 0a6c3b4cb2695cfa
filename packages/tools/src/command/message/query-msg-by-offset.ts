/** `mqadmin queryMsgByOffset`: the message at a place of a queue. */
import { AdminNotFoundError } from '@rocketmq-ts/client';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { requiredInt, requiredLong, requiredText, text } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { bodyDecoder } from './message-text.js';
import { printFound } from './print-found.js';
import { addressOfQueue } from './queue-reader.js';

export const queryMsgByOffset = defineCommand({
  name: 'queryMsgByOffset',
  doc: 'Show the message at an offset of a queue.',
  options: {
    brokerName: requiredText('b', 'brokerName', 'Name of the broker'),
    bodyFormat: text('f', 'bodyFormat', 'Print the body in this character set, e.g. UTF-8'),
    queueId: requiredInt('i', 'queueId', 'Number of the queue'),
    offset: requiredLong('o', 'offset', 'Offset in the queue'),
    routeTopic: text('r', 'routeTopic', 'Parent topic of a light queue: finds the broker'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, { brokerName, bodyFormat, queueId, offset, routeTopic, topic }) {
    const bodyText = bodyFormat === undefined ? undefined : bodyDecoder(bodyFormat);
    const queue = { topic, brokerName, queueId };
    const address = await addressOfQueue(context, queue, routeTopic ?? topic);
    const { messages, status } = await context.admin.messages.pull(address, queue, { offset, maxNum: 1, tags: '*' });
    const [message] = messages;
    if (message === undefined) {
      throw new AdminNotFoundError(
        ResponseCode.NO_MESSAGE,
        `nothing at offset ${offset} of queue ${queueId} (${status})`,
      );
    }
    await printFound(context, message, { withOffsetId: true, bodyText });
  },
});
