import { Producer, PushConsumer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';

const consumer = new PushConsumer({
  nameServers,
  group: 'billing',
  consumeFrom: 'first',
  subscriptions: { Orders: 'paid || refunded' },
  onMessage: async (message) => console.log(`received ${message.body}`),
});
await consumer.start();

const producer = new Producer({ nameServers, group: 'shop' });
const { messageId } = await producer.send({ topic: 'Orders', tag: 'paid', keys: ['42'], body: 'hello' });
console.log(`sent ${messageId}`);

process.once('SIGINT', () => Promise.all([consumer.close(), producer.close()]));
