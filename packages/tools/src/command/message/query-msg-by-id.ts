/** `mqadmin queryMsgById`: messages by their ids. */
import { bool, requiredText, text } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';
import { resend, withProducer } from '../producing.js';
import { consumeDirectly } from './consume-directly.js';
import { bodyDecoder } from './message-text.js';
import { printFound } from './print-found.js';

export const queryMsgById = defineCommand({
  name: 'queryMsgById',
  doc: 'Show messages by id, send them again, or make a consumer process them.',
  options: {
    cluster: text('c', 'cluster', 'Cluster, or parent topic of a light queue: finds the brokers'),
    clientId: text('d', 'clientId', 'With -g: the consumer that is to process the messages'),
    bodyFormat: text('f', 'bodyFormat', 'Print the body in this character set, e.g. UTF-8'),
    consumerGroup: text('g', 'consumerGroup', 'With -d: group of the consumer'),
    msgId: requiredText('i', 'msgId', 'Ids, separated by commas'),
    sendMessage: bool('s', 'sendMessage', 'Send the messages again (true|false)'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
    unitName: text('u', 'unitName', 'With -s: unit of the producer'),
  },
  async run(context, options) {
    const { cluster: clusterName, clientId, consumerGroup, sendMessage, topic } = options;
    const ids = options.msgId.split(',').map((id) => id.trim());
    const messages = ids.filter((id) => id !== '').map((id) => () => find(context, { topic, id, clusterName }));
    if (consumerGroup !== undefined && clientId !== undefined) {
      for (const message of messages) await consumeDirectly(context, await message(), { consumerGroup, clientId });
    } else if (sendMessage !== undefined) {
      if (!sendMessage) return;
      const producerOptions = { group: 'ReSendMsgById', unitName: options.unitName };
      await withProducer(context, producerOptions, async (producer) => {
        for (const message of messages) await resend(context, producer, await message());
      });
    } else {
      const bodyText = options.bodyFormat === undefined ? undefined : bodyDecoder(options.bodyFormat);
      for (const message of messages) await printFound(context, await message(), { withOffsetId: true, bodyText });
    }
  },
});

function find(
  { admin, clock }: CommandContext,
  { topic, id, clusterName }: { topic: string; id: string; clusterName: string | undefined },
) {
  return admin.messages.byId(topic, id, { now: clock.now(), clusterName });
}
