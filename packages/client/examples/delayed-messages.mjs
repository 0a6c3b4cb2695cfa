// Sends messages for later, and takes one of them back. The broker must allow that: recallMessageEnable=true.
import { Producer, PushConsumer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const producer = new Producer({ nameServers, group: 'shop' });
let resolve;
const done = new Promise((settle) => {
  resolve = settle;
});
const consumer = new PushConsumer({
  nameServers,
  group: 'reminders',
  consumeFrom: 'first',
  subscriptions: { Reminders: '*' },
  onMessage: (message) => {
    console.log(`received ${message.body}`);
    if (message.body.toString() === 'in three seconds') resolve();
  },
});

await producer.send({ topic: 'Reminders', body: 'in a second', delayMs: 1000 });
const { recallHandle } = await producer.send({ topic: 'Reminders', body: 'in two seconds', delayMs: 2000 });
await producer.send({ topic: 'Reminders', body: 'in three seconds', deliverAtMs: Date.now() + 3000 });
console.log(`took ${await producer.recall('Reminders', recallHandle)} back`);
await consumer.start();
await done;
await Promise.all([consumer.close(), producer.close()]);
