// Has messages brought to a handler; one that fails comes again.
import { Producer, PushConsumer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const producer = new Producer({ nameServers, group: 'shop' });
for (const body of ['a', 'b', 'c']) await producer.send({ topic: 'Payments', tag: 'paid', body });
await producer.close();

const { promise, resolve } = deferred();
const seen = new Set();
const consumer = new PushConsumer({
  nameServers,
  group: 'billing',
  consumeFrom: 'first',
  subscriptions: { Payments: 'paid || refunded' },
  onMessage: async (message) => {
    console.log(`received ${message.body} (${message.tag})`);
    seen.add(message.body.toString());
    if (seen.size === 3) resolve();
  },
});
await consumer.start();
await promise;
await consumer.close();

function deferred() {
  let resolve;
  const promise = new Promise((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
