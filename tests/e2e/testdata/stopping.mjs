// An application with an open consumer and producer that closes them on SIGTERM, as any service does.
import { Producer, PushConsumer } from '../../../packages/client/dist/index.js';

const { nameServers, topic, group, handleMs, drainMs } = JSON.parse(process.argv[2]);
const producer = new Producer({ nameServers, group: `${group}-p` });
let underWay = 0;
const consumer = new PushConsumer({
  nameServers,
  group,
  consumeFrom: 'first',
  concurrency: 4,
  subscriptions: { [topic]: '*' },
  onMessage: async (message) => {
    underWay++;
    console.log(`begins ${message.body}`);
    await new Promise((resolve) => setTimeout(resolve, handleMs));
    console.log(`ends ${message.body}`);
    underWay--;
  },
});
process.once('SIGTERM', async () => {
  console.log(`closing with ${underWay}`);
  await Promise.all([consumer.close({ timeoutMs: drainMs }), producer.close({ timeoutMs: drainMs })]);
  console.log('closed');
  // Nothing else is needed: no process.exit.
});
await producer.start();
await consumer.start();
