// A member of a group as a process of its own, to be killed: says which queues it holds, and what it is given.
import { PushConsumer } from '../../../packages/client/dist/index.js';

const { namesrv, group, topic, order = 'none', handleMs = 0, instanceName } = JSON.parse(process.argv[2]);
const consumer = new PushConsumer({
  nameServers: namesrv,
  group,
  instanceName,
  order,
  consumeFrom: 'first',
  subscriptions: { [topic]: '*' },
  onMessage: async ({ queue, body }) => {
    console.log(`got ${queue.queueId} ${body}`);
    await new Promise((resolve) => setTimeout(resolve, handleMs));
  },
});
consumer.on('rebalance', ({ assignment }) => {
  const held = assignment.filter((queue) => queue.topic === topic).map(({ queueId }) => queueId);
  console.log(`holds ${held.length}: ${held.join(' ')}`);
});
await consumer.start();
