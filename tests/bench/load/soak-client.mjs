// The process of `npm run soak`: sends numbered messages at a rate, consumes them, and says every few seconds how it is.
import { Producer, PushConsumer } from '../../../packages/client/dist/index.js';

const TICK_MS = 10;
const SAMPLE_MS = 10_000;
/** On a machine that is too slow for the rate, the producer waits for acknowledgements and for the consumer. */
const MAX_IN_FLIGHT = 256;
const MAX_LAG = 20_000;
const DRAIN_MS = 60_000;
const MEGABYTE = 2 ** 20;

const { minutes, rate, size, namesrv: nameServers, topic } = JSON.parse(process.argv[2] ?? '');
/** A bit per message that came. */
const seen = new Uint8Array(Math.ceil((minutes * 60 * rate * 2) / 8));
const counts = { sent: 0, received: 0, doubled: 0, failed: 0, inFlight: 0 };
const body = Buffer.alloc(size);

const producer = new Producer({ nameServers, group: 'soak', sendTimeoutMs: 30_000 });
const consumer = new PushConsumer({
  nameServers,
  group: 'soak',
  consumeFrom: 'first',
  subscriptions: { [topic]: '*' },
  onMessage: (message) => {
    const number = message.body.readUInt32BE(0);
    const mask = 1 << (number & 7);
    if ((seen[number >> 3] & mask) !== 0) counts.doubled++;
    seen[number >> 3] |= mask;
    counts.received++;
  },
});
await consumer.start();
await producer.start();

const start = performance.now();
const cpu = process.cpuUsage();
const sampling = setInterval(sample, SAMPLE_MS);
await sendAtRate();
const end = performance.now() + DRAIN_MS;
while (counts.received < counts.sent && performance.now() < end) await pause(50);
clearInterval(sampling);
sample();
await consumer.close();
await producer.close();

/** In small portions; what is late is made up for, as far as acknowledgements come. */
async function sendAtRate() {
  for (;;) {
    const elapsedMs = performance.now() - start;
    if (elapsedMs > minutes * 60_000) break;
    const due = Math.floor((elapsedMs * rate) / 1000);
    while (counts.sent < due && counts.inFlight < MAX_IN_FLIGHT && counts.sent - counts.received < MAX_LAG) {
      send(counts.sent++);
    }
    await pause(TICK_MS);
  }
  while (counts.inFlight > 0) await pause(TICK_MS);
}

function send(number) {
  counts.inFlight++;
  const numbered = Buffer.from(body);
  numbered.writeUInt32BE(number, 0);
  producer.send({ topic, body: numbered }).then(
    () => counts.inFlight--,
    (error) => {
      counts.inFlight--;
      counts.failed++;
      console.error(error);
    },
  );
}

function sample() {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage(cpu);
  const { sent, received, doubled, failed } = counts;
  const seconds = (performance.now() - start) / 1000;
  const memory = { rssMb: rss / MEGABYTE, heapMb: heapUsed / MEGABYTE, externalMb: external / MEGABYTE };
  const lost = sent - (received - doubled);
  console.log(JSON.stringify({ seconds, sent, received, lost, doubled, failed, cpuUs: user + system, ...memory }));
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
