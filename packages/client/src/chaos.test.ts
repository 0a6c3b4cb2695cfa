// A producer and an orderly consumer on a simulated network that fails at random, from seeds: for minutes of its own time.
import { forEachSeed, type SeededRandom } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { PushConsumer } from './consumer/push-consumer.js';
import { ClientError } from './errors.js';
import { Producer } from './producer/producer.js';
import { FakeCluster } from './test-cluster.js';

const EVENTS = 8;
const KEYS = 3;
const SEND_TIMEOUT_MS = 3000;
const [PRODUCER, CONSUMER] = ['10.0.1.50', '10.0.1.51'];

/** What happens between two looks at the clock, and what makes it good again. */
async function misfortune(cluster: FakeCluster, random: SeededRandom): Promise<void> {
  const broker = cluster.brokers[random.nextInt(cluster.brokers.length)]!;
  const client = random.nextInt(2) === 0 ? PRODUCER : CONSUMER;
  const { clock, network } = cluster;
  const lastsMs = 500 + random.nextInt(40_000);
  switch (random.nextInt(5)) {
    case 0:
      broker.kill();
      await clock.advance(lastsMs);
      await broker.start();
      break;
    case 1:
      network.partition(client, broker.host);
      await clock.advance(lastsMs);
      network.heal(client, broker.host);
      break;
    case 2:
      network.reset(client, broker.host);
      break;
    case 3:
      network.cutNextConnection({ afterBytes: 200 + random.nextInt(5000), direction: 'toClient' });
      network.reset(client, broker.host);
      break;
    default:
      cluster.killNamesrv();
      await clock.advance(lastsMs * 4);
      await cluster.startNamesrv();
  }
  await clock.advance(random.nextInt(5000));
}

/** One message of its key after the other, each until it is acknowledged; with pauses, as minutes are long. */
async function sendInOrder(send: (body: string) => Promise<unknown>, key: string, life: Life): Promise<void> {
  for (let number = 0; !life.isOver; ) {
    const body = `${key}:${number}`;
    await life.pause(200);
    try {
      await send(body);
      life.acknowledged.push(body);
      number++;
    } catch (error) {
      // The same message is sent again, after whatever a client may tell of a bad network.
      if (!(error instanceof ClientError)) throw error;
    }
  }
}

interface Life {
  isOver: boolean;
  readonly acknowledged: string[];
  readonly pause: (delayMs: number) => Promise<void>;
}

async function live(random: SeededRandom): Promise<void> {
  const cluster = await FakeCluster.start({ brokers: 2, topics: { T: 2 } });
  const { nameServers, clock } = cluster;
  const pause = (delayMs: number) => new Promise<void>((resolve) => clock.setTimer(delayMs, resolve));
  const life: Life = { isOver: false, acknowledged: [], pause };
  const seen = new Set<string>();
  const producer = new Producer({ nameServers, sendTimeoutMs: SEND_TIMEOUT_MS }, cluster.ports(PRODUCER));
  const consumer = new PushConsumer(
    {
      ...{ nameServers, group: 'g', order: 'queue', consumeFrom: 'first', subscriptions: { T: '*' } },
      onMessage: async ({ body }) => {
        await pause(5);
        // A set keeps the order in which its members came first.
        seen.add(body.toString());
      },
    },
    cluster.ports(CONSUMER),
  );
  await cluster.settle(consumer.start());
  const keys = Array.from({ length: KEYS }, (_, key) => `k${key}`);
  const senders = keys.map((key) =>
    sendInOrder((body) => producer.send({ topic: 'T', body }, { hashKey: key }), key, life),
  );
  for (let event = 0; event < EVENTS; event++) await misfortune(cluster, random);
  life.isOver = true;
  await cluster.settle(Promise.all(senders));
  await cluster.until(() => life.acknowledged.every((body) => seen.has(body)));
  for (const key of keys) {
    const numbers = [...seen].filter((body) => body.startsWith(`${key}:`)).map((body) => Number(body.split(':')[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }
  expect(life.acknowledged.length).toBeGreaterThan(50);
  await cluster.settle(Promise.all([consumer.close(), producer.close()]));
}

test('whatever happens, acknowledged messages come, and those of a key in order', async () => {
  await forEachSeed({ count: 2 }, live);
});
