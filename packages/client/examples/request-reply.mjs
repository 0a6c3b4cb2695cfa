// Sends a message and waits for the answer of whoever consumes it.
import { Producer, PushConsumer, string } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const answering = new Producer({ nameServers, group: 'answering' });
const consumer = new PushConsumer({
  nameServers,
  group: 'calculator',
  consumeFrom: 'first',
  subscriptions: { Sums: '*' },
  onMessage: async (message) => {
    const [a, b] = message.body.toString().split('+').map(Number);
    await answering.reply(message, String(a + b));
  },
});
const asking = new Producer({ nameServers, group: 'asking' });
await consumer.start();
const reply = await asking.request({ topic: 'Sums', body: '20+22' }, { timeoutMs: 20_000, replyCodec: string });
console.log(`20+22 is ${reply.value}`);
await Promise.all([asking.close(), consumer.close(), answering.close()]);
