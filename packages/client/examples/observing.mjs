// Watches clients: events, hooks, channels of node:diagnostics_channel, metrics, the lag, and message traces.
import { subscribe } from 'node:diagnostics_channel';
import { Admin, ClientChannel, Producer, PushConsumer } from '@rocketmq-ts/client';

const nameServers = process.env.NAMESRV_ADDR ?? '127.0.0.1:9876';
subscribe(ClientChannel.SEND_END, ({ message, result }) => console.log(`${message.topic}: ${result.status}`));

const producer = new Producer({
  nameServers,
  group: 'shop',
  messageTrace: true,
  hooks: [{ after: (message, { error }) => console.log(`sent to ${message.topic}: ${error === undefined}`) }],
});
producer.on('connected', ({ address }) => console.log(`connected to ${address}`));
const { messageId } = await producer.send({ topic: 'Watched', body: 'x' });

let handled;
const done = new Promise((resolve) => {
  handled = resolve;
});
const consumer = new PushConsumer({
  nameServers,
  group: 'watched',
  consumeFrom: 'first',
  subscriptions: { Watched: '*' },
  messageTrace: true,
  hooks: [{ after: (messages, { success }) => console.log(`handled ${messages.length}: ${success}`) }],
  metrics: { gauge: (name, value, { topic }) => console.log(`${name}{topic="${topic}"} ${value}`) },
  metricsIntervalMs: 100,
  lagMonitor: { threshold: 10_000 },
  onMessage: () => handled(),
});
consumer.on('rebalance', ({ assignment }) => console.log(`${assignment.length} queues`));
consumer.on('lag', ({ total }) => console.log(`${total} messages behind`));
consumer.on('error', ({ what, error }) => console.error(what, error));
await consumer.start();
await done;
for (const { queue, lag } of await consumer.lag())
  console.log(`queue ${queue.queueId} of ${queue.topic}: ${lag} behind`);
await new Promise((resolve) => setTimeout(resolve, 200));
await Promise.all([consumer.close(), producer.close()]);

const admin = new Admin({ nameServers });
for (const { type, group } of await admin.traces.byMessageId(messageId)) console.log(`trace: ${type} by ${group}`);
await admin.close();
