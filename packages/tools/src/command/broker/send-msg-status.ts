/** `mqadmin sendMsgStatus`: sends test messages to one broker, through the topic that is named like it. */
import { int, requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { filler, sendResultText, withProducer } from '../producing.js';

export const sendMsgStatus = defineCommand({
  name: 'sendMsgStatus',
  doc: 'Send test messages to a broker.',
  options: {
    brokerName: requiredText('b', 'brokerName', 'Name of the broker'),
    count: int('c', 'count', 'Number of messages (default 50)'),
    messageSize: int('s', 'messageSize', 'Bytes of a message (default 128)'),
  },
  async run(context, { brokerName: topic, count = 50, messageSize = 128 }) {
    const { out, clock } = context;
    await withProducer(context, { group: 'PID_SMSC' }, async (producer) => {
      // The first one pays for the connection.
      await producer.send({ topic, body: filler(16) });
      for (let sent = 0; sent < count; sent++) {
        const start = clock.monotonicMs();
        const result = await producer.send({ topic, body: filler(messageSize) });
        const elapsedMs = Math.round(clock.monotonicMs() - start);
        out.report({ elapsedMs, ...result }, 'rt=%sms, SendResult=%s', elapsedMs, sendResultText(result));
      }
    });
  },
});
