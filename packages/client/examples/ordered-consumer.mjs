// Handles the messages of one customer in order, and those of different customers at the same time.
import { Producer, PushConsumer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const producer = new Producer({ nameServers, group: 'shop' });
for (let step = 1; step <= 3; step++) {
  for (const customer of ['ann', 'bob', 'eve']) {
    const message = { topic: 'Steps', shardingKey: customer, body: String(step) };
    await producer.send(message, { hashKey: customer });
  }
}
await producer.close();

const steps = new Map();
let finish;
const finished = new Promise((resolve) => {
  finish = resolve;
});
const consumer = new PushConsumer({
  nameServers,
  group: 'steps',
  order: 'key',
  consumeFrom: 'first',
  subscriptions: { Steps: '*' },
  onMessage: async ({ shardingKey, body }) => {
    steps.set(shardingKey, (steps.get(shardingKey) ?? '') + body);
    if ([...steps.values()].join('').length === 9) finish();
  },
});
await consumer.start();
await finished;
for (const [customer, order] of steps) console.log(`${customer}: ${order}`);
await consumer.close();
