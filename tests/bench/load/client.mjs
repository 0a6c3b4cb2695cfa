// One client of ours under load, as a process of its own; Load.java does the same with the Java client.
import { Producer, PushConsumer } from '../../../packages/client/dist/index.js';

/** @typedef {{kind: 'send' | 'consume', namesrv: string, topic: string, group: string, size: number, inFlight: number, warmUp: number, count: number}} ClientJob */

/** @type {ClientJob} */
const job = JSON.parse(process.argv[2] ?? '');
await (job.kind === 'send' ? send() : consume());

async function send() {
  const producer = new Producer({
    nameServers: job.namesrv,
    group: 'load',
    sendTimeoutMs: 30_000,
    compression: { overBytes: Number.MAX_SAFE_INTEGER },
  });
  await sendMany(producer, job.warmUp);
  const meter = startMeter();
  await sendMany(producer, job.count);
  report(meter);
  await producer.close();
}

/** So many senders, each of which waits for its acknowledgement. */
async function sendMany(producer, count) {
  const body = Buffer.alloc(job.size);
  let left = count;
  const sender = async () => {
    while (left-- > 0) await producer.send({ topic: job.topic, body });
  };
  await Promise.all(Array.from({ length: job.inFlight }, sender));
}

async function consume() {
  let received = 0;
  let meter = startMeter();
  await new Promise((resolve) => {
    const consumer = new PushConsumer({
      nameServers: job.namesrv,
      group: job.group,
      consumeFrom: 'first',
      subscriptions: { [job.topic]: '*' },
      onMessage: () => {
        received++;
        if (received === job.warmUp) meter = startMeter();
        if (received === job.warmUp + job.count) {
          report(meter);
          consumer.close().then(resolve);
        }
      },
    });
    consumer.start();
  });
}

function startMeter() {
  return { start: performance.now(), cpu: process.cpuUsage() };
}

function report({ start, cpu }) {
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  console.log(`@@${JSON.stringify({ messages: job.count, seconds, cpuUs: user + system })}`);
}
