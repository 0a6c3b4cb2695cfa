// A member of a group as a process of its own, to be killed: says how many queues it holds.
import { PushConsumer } from '../../../packages/client/dist/index.js';

const { namesrv, group, topic } = JSON.parse(process.argv[2]);
const consumer = new PushConsumer({
  nameServers: namesrv,
  group,
  consumeFrom: 'first',
  subscriptions: { [topic]: '*' },
  onMessage: () => undefined,
});
consumer.on('rebalance', ({ assignment }) => {
  console.log(`holds ${assignment.filter((queue) => queue.topic === topic).length}`);
});
await consumer.start();
