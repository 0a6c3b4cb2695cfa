// Asks for messages: in a loop, which acknowledges each when its body ends well, or in polls.
import { LitePullConsumer, Producer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const producer = new Producer({ nameServers, group: 'shop' });
for (let i = 0; i < 5; i++) await producer.send({ topic: 'Audit', body: `entry ${i}` });
await producer.close();

const consumer = new LitePullConsumer({
  nameServers,
  group: 'audit',
  consumeFrom: 'first',
  subscriptions: { Audit: '*' },
});
let count = 0;
for await (const message of consumer) {
  console.log(`read ${message.body}`);
  if (++count === 5) break;
}
await consumer.close();
