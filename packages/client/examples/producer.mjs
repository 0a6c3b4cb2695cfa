// Sends messages: one, by key, later, one way, and many together.
import { Producer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
const producer = new Producer({ nameServers, group: 'shop' });
try {
  const { messageId, queue } = await producer.send({ topic: 'Orders', tag: 'paid', keys: ['42'], body: 'hello' });
  console.log(`sent ${messageId} to queue ${queue.queueId} of ${queue.brokerName}`);

  await producer.send({ topic: 'Orders', body: 'always to the same queue' }, { hashKey: 'customer-7' });
  await producer.send({ topic: 'Orders', body: 'in a second', delayLevel: 1 });
  await producer.sendOneway({ topic: 'Orders', body: 'nobody waits for this one' });

  const many = Array.from({ length: 100 }, (_, i) => ({ topic: 'Orders', body: `message ${i}` }));
  const results = await producer.sendBatch(many);
  console.log(`sent ${results.length} messages in batches`);
} finally {
  await producer.close();
}
