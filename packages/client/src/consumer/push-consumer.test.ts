// The push consumer against a simulated cluster: delivery, failures, order, sharing, bad networks, the end.
import { describe, expect, test } from 'vitest';
import { ClientClosedError, InvalidArgumentError } from '../errors.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';
import { ConsumeLaterError } from './consumption.js';
import { PushConsumer } from './push-consumer.js';
import type { PushConsumerOwnOptions } from './push-consumer-options.js';

const CLIENT = '10.0.1.77';

class Scene {
  readonly seen: string[] = [];

  constructor(
    readonly cluster: FakeCluster,
    readonly producer: Producer,
  ) {}

  static async open(brokers = 1, queueNums = 2): Promise<Scene> {
    const cluster = await FakeCluster.start({ brokers, topics: { T: queueNums, U: 1 } });
    return new Scene(cluster, new Producer({ nameServers: cluster.nameServers }, cluster.ports()));
  }

  async send(from: number, to: number, topic = 'T'): Promise<void> {
    for (let i = from; i < to; i++) await this.cluster.settle(this.producer.send({ topic, body: `m${i}` }));
  }

  async consumer(options: Partial<PushConsumerOwnOptions<Buffer>> = {}, host?: string): Promise<PushConsumer> {
    const given: PushConsumerOwnOptions<Buffer> = {
      group: 'g',
      subscriptions: { T: '*' },
      consumeFrom: 'first',
      ...(options.onBatch === undefined ? { onMessage: (message) => this.seen.push(message.body.toString()) } : {}),
      ...options,
    };
    const consumer = new PushConsumer({ nameServers: this.cluster.nameServers, ...given }, this.cluster.ports(host));
    await this.cluster.settle(consumer.start());
    return consumer;
  }

  until(count: number): Promise<void> {
    return this.cluster.until(() => this.seen.length >= count);
  }
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `m${from + i}`).sort();
}

describe('a push consumer', () => {
  test('gets what was sent before and after it came', async () => {
    const scene = await Scene.open();
    await scene.send(0, 50);
    await scene.consumer();
    await scene.until(50);
    await scene.send(50, 60);
    await scene.until(60);
    expect(scene.seen.sort()).toEqual(names(0, 60));
  });

  test('starts at the end of queues without progress, unless told otherwise', async () => {
    const scene = await Scene.open();
    await scene.send(0, 5);
    await scene.consumer({ consumeFrom: 'last' });
    await scene.send(5, 8);
    await scene.until(3);
    expect(scene.seen.sort()).toEqual(names(5, 8));
  });

  test('goes on where the group stopped', async () => {
    const scene = await Scene.open();
    await scene.send(0, 20);
    const first = await scene.consumer();
    await scene.until(20);
    await scene.cluster.settle(first.close());
    await scene.send(20, 25);
    await scene.consumer();
    await scene.until(25);
    await scene.cluster.clock.advance(5000);
    expect(scene.seen.sort()).toEqual(names(0, 25));
  });

  test('gets a message again that its handler failed on, under its own topic', async () => {
    const scene = await Scene.open();
    const calls: [string, string, number][] = [];
    await scene.consumer({
      onMessage: async (message) => {
        calls.push([message.body.toString(), message.topic, message.reconsumeTimes]);
        if (message.body.toString() === 'm1' && message.reconsumeTimes < 2) throw new Error('not now');
      },
    });
    await scene.send(0, 3);
    await scene.cluster.until(() => calls.length === 5);
    expect(calls.filter(([body]) => body === 'm1')).toEqual([
      ['m1', 'T', 0],
      ['m1', 'T', 1],
      ['m1', 'T', 2],
    ]);
  });

  test('commits only what is done with', async () => {
    const scene = await Scene.open(1, 1);
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    await scene.consumer({
      onMessage: async (message) => {
        scene.seen.push(message.body.toString());
        if (message.body.toString() === 'm3') await opened;
      },
    });
    await scene.send(0, 10);
    await scene.until(10);
    await scene.cluster.clock.advance(10_000);
    expect(scene.cluster.brokers[0]!.offsets.get('g T 0')).toBe(3);
    gate.open!();
    await scene.cluster.clock.advance(10_000);
    expect(scene.cluster.brokers[0]!.offsets.get('g T 0')).toBe(10);
  });

  test('calls its handler as often at a time as it may', async () => {
    const scene = await Scene.open();
    let running = 0;
    let most = 0;
    await scene.send(0, 30);
    await scene.consumer({
      concurrency: 3,
      onMessage: async (message) => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => scene.cluster.clock.setTimer(20, resolve));
        running--;
        scene.seen.push(message.body.toString());
      },
    });
    await scene.until(30);
    expect(most).toBe(3);
  });

  test('stops fetching while too much waits', async () => {
    const scene = await Scene.open(1, 1);
    await scene.send(0, 60);
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    let fetched = 0;
    const records = scene.cluster.brokers[0]!.store.stored({ topic: 'T', brokerName: 'broker-0', queueId: 0 });
    const slice = records.slice.bind(records);
    records.slice = (...range) => {
      const found = slice(...range);
      fetched += found.length;
      return found;
    };
    await scene.consumer({
      pull: { batchSize: 5, thresholdMessages: 10 },
      onMessage: async (message) => {
        await opened;
        scene.seen.push(message.body.toString());
      },
    });
    await scene.cluster.clock.advance(2000);
    expect(fetched).toBeLessThanOrEqual(15);
    gate.open!();
    await scene.until(60);
  });

  test('hands a message back that its handler does not finish in time', async () => {
    const scene = await Scene.open();
    let aborted = false;
    await scene.consumer({
      consumeTimeoutMs: 60_000,
      onMessage: async (message, context) => {
        scene.seen.push(`${message.body} ${message.reconsumeTimes}`);
        if (message.reconsumeTimes > 0) return;
        context.signal.addEventListener('abort', () => {
          aborted = true;
        });
        await new Promise(() => undefined);
      },
    });
    await scene.send(0, 1);
    await scene.until(2);
    expect(scene.seen).toEqual(['m0 0', 'm0 1']);
    expect(aborted).toBe(true);
  });

  test('gives batches, and takes single messages of them back', async () => {
    const scene = await Scene.open(1, 1);
    const sizes: number[] = [];
    await scene.send(0, 10);
    await scene.consumer({
      batch: { size: 4, timeoutMs: 100 },
      onBatch: (messages, context) => {
        sizes.push(messages.length);
        for (const message of messages) {
          if (message.body.toString() === 'm5' && message.reconsumeTimes === 0) context.consumeLater(message);
          else scene.seen.push(message.body.toString());
        }
      },
    });
    await scene.until(10);
    expect(scene.seen.sort()).toEqual(names(0, 10));
    expect(sizes.slice(0, 2)).toEqual([4, 4]);
  });

  test('pauses and resumes, subscribes and unsubscribes while it runs', async () => {
    const scene = await Scene.open();
    const consumer = await scene.consumer();
    await scene.send(0, 2);
    await scene.until(2);
    consumer.pause();
    await scene.send(2, 6);
    await scene.cluster.clock.advance(20_000);
    expect(scene.seen).toHaveLength(2);
    consumer.resume();
    await scene.until(6);
    expect(scene.seen).toHaveLength(6);
    await scene.cluster.settle(consumer.subscribe('U'));
    await scene.send(6, 8, 'U');
    await scene.until(8);
    await scene.cluster.settle(consumer.unsubscribe('T'));
    await scene.cluster.until(() => consumer.assignment.every(({ topic }) => topic !== 'T'));
  });

  test('refuses options that cannot work', () => {
    const options = { nameServers: 'x:1', group: 'g' };
    expect(() => new PushConsumer(options)).toThrow(InvalidArgumentError);
    expect(() => new PushConsumer({ ...options, onMessage: () => 1, onBatch: () => 1 })).toThrow('not both');
    expect(() => new PushConsumer({ ...options, group: 'a b', onMessage: () => 1 })).toThrow('illegal characters');
    expect(() => new PushConsumer({ ...options, nameServers: ' ; ', onMessage: () => 1 })).toThrow('host:port');
  });
});

describe('in order', () => {
  test('a failure holds its queue up until it succeeds', async () => {
    const scene = await Scene.open(1, 1);
    await scene.send(0, 6);
    let failures = 0;
    await scene.consumer({
      order: 'queue',
      onMessage: async (message) => {
        if (message.body.toString() === 'm2' && failures < 3) {
          failures++;
          throw new ConsumeLaterError({ suspendMs: 100 });
        }
        scene.seen.push(message.body.toString());
      },
    });
    await scene.until(6);
    expect(scene.seen).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    expect(failures).toBe(3);
  });

  test('a message that failed often enough leaves the queue', async () => {
    const scene = await Scene.open(1, 1);
    await scene.send(0, 3);
    const fails: number[] = [];
    await scene.consumer({
      order: 'queue',
      suspendMs: 50,
      maxReconsumeTimes: 2,
      onMessage: async (message) => {
        scene.seen.push(message.body.toString());
        if (message.body.toString() !== 'm0' || message.queue.topic !== 'T') return;
        fails.push(message.reconsumeTimes);
        throw new Error('never');
      },
    });
    await scene.until(6);
    expect(fails).toEqual([0, 1, 2]);
    expect(scene.seen.filter((body) => body !== 'm0')).toEqual(['m1', 'm2']);
  });

  test('queues change hands without a message out of order or twice', async () => {
    const scene = await Scene.open(2, 4);
    const last = new Map<string, number>();
    const wrong: string[] = [];
    let handled = 0;
    const onMessage: PushConsumerOwnOptions<Buffer>['onMessage'] = async ({ queue, queueOffset }) => {
      const key = JSON.stringify(queue);
      const expected = (last.get(key) ?? -1) + 1;
      if (queueOffset !== expected) wrong.push(`${key}: ${queueOffset} instead of ${expected}`);
      last.set(key, queueOffset);
      await new Promise<void>((resolve) => scene.cluster.clock.setTimer(7, resolve));
      handled++;
    };
    const first = await scene.consumer({ order: 'queue', onMessage });
    await scene.send(0, 200);
    const second = await scene.consumer({ order: 'queue', onMessage });
    await scene.send(200, 300);
    await scene.cluster.until(() => second.assignment.filter(({ topic }) => topic === 'T').length === 4);
    await scene.cluster.settle(first.close());
    await scene.send(300, 400);
    await scene.cluster.until(() => handled === 400);
    expect(wrong).toEqual([]);
  });
});

describe('a group', () => {
  test('shares queues, and takes over from a member that leaves or dies', async () => {
    const scene = await Scene.open(2, 4);
    const consumers = [await scene.consumer(), await scene.consumer({}, CLIENT)];
    const queuesOf = (consumer: PushConsumer) => consumer.assignment.filter(({ topic }) => topic === 'T').length;
    await scene.cluster.until(() => consumers.every((consumer) => queuesOf(consumer) === 4));
    await scene.send(0, 40);
    await scene.until(40);
    scene.cluster.network.host(CLIENT).killProcess();
    await scene.cluster.clock.advance(10);
    // A process that is killed does not come back to its connections.
    for (const { host } of scene.cluster.brokers) scene.cluster.network.partition(CLIENT, host);
    await scene.cluster.until(() => queuesOf(consumers[0]!) === 8);
    await scene.send(40, 60);
    await scene.until(60);
    expect(new Set(scene.seen)).toEqual(new Set(names(0, 60)));
  });

  test('of a broadcast gives every member everything, and remembers on this machine how far it was', async () => {
    const scene = await Scene.open();
    const seen: string[][] = [[], []];
    const start = (index: number) =>
      scene.consumer(
        { model: 'broadcasting', onMessage: (message) => seen[index]!.push(message.body.toString()) },
        `10.0.1.${50 + index}`,
      );
    const [first] = [await start(0), await start(1)];
    await scene.send(0, 10);
    await scene.cluster.until(() => seen.every((bodies) => bodies.length === 10));
    await scene.cluster.settle(first.close());
    expect(scene.cluster.files.statSync('/home/user/.rocketmq_offsets/10.0.1.50@DEFAULT/g/offsets.json')).toBeDefined();
    await scene.send(10, 12);
    await start(0);
    await scene.cluster.until(() => seen.every((bodies) => bodies.length === 12));
    expect(seen[0]!.sort()).toEqual(names(0, 12));
  });
});

describe('on a bad network', () => {
  test('a broker that is killed and restarted loses and doubles nothing that was committed', async () => {
    const scene = await Scene.open();
    await scene.consumer();
    await scene.send(0, 10);
    await scene.until(10);
    await scene.cluster.clock.advance(6000);
    scene.cluster.brokers[0]!.kill();
    await scene.cluster.clock.advance(20_000);
    await scene.cluster.brokers[0]!.start();
    await scene.send(10, 20);
    await scene.until(20);
    await scene.cluster.clock.advance(10_000);
    expect(scene.seen.sort()).toEqual(names(0, 20));
  });

  test('a link that swallows everything is noticed, and messages come again when it is healed', async () => {
    const scene = await Scene.open();
    await scene.consumer({}, CLIENT);
    await scene.send(0, 5);
    await scene.until(5);
    const { host } = scene.cluster.brokers[0]!;
    scene.cluster.network.partition(CLIENT, host);
    await scene.cluster.clock.advance(120_000);
    await scene.send(5, 10);
    scene.cluster.network.heal(CLIENT, host);
    const startMs = scene.cluster.clock.monotonicMs();
    await scene.until(10);
    expect(scene.cluster.clock.monotonicMs() - startMs).toBeLessThan(40_000);
    expect(new Set(scene.seen)).toEqual(new Set(names(0, 10)));
  });

  test('a connection that is cut within a frame is made anew', async () => {
    const scene = await Scene.open(1, 1);
    await scene.send(0, 40);
    for (let cuts = 0; cuts < 6; cuts++) {
      scene.cluster.network.cutNextConnection({ afterBytes: 3000 + 517 * cuts, direction: 'toClient' });
    }
    await scene.consumer({ pull: { batchSize: 4 } });
    await scene.until(40);
    expect(new Set(scene.seen)).toEqual(new Set(names(0, 40)));
  });

  test('a consumer that starts before its name server begins when that is there', async () => {
    const scene = await Scene.open();
    await scene.send(0, 3);
    scene.cluster.killNamesrv();
    const starting = scene.consumer();
    await starting;
    await scene.cluster.clock.advance(60_000);
    await scene.cluster.startNamesrv();
    await scene.until(3);
  });
});

describe('heartbeats', () => {
  test('leave subscriptions out once the broker knows them', async () => {
    const scene = await Scene.open();
    const consumer = await scene.consumer();
    await scene.cluster.clock.advance(100_000);
    const { heartbeats } = scene.cluster.brokers[0]!.members;
    expect(heartbeats.light).toBeGreaterThanOrEqual(3);
    const { full } = heartbeats;
    await scene.cluster.settle(consumer.subscribe('U'));
    expect(heartbeats.full).toBe(full + 1);
  });
});

describe('the end', () => {
  test('waits for handlers, commits, leaves the group and keeps nothing alive', async () => {
    const scene = await Scene.open(1, 1);
    const consumer = await scene.consumer({
      onMessage: async (message) => {
        await new Promise<void>((resolve) => scene.cluster.clock.setTimer(500, resolve));
        scene.seen.push(message.body.toString());
      },
    });
    await scene.send(0, 5);
    await scene.cluster.clock.advance(100);
    await scene.cluster.settle(consumer.close());
    expect(scene.seen.length).toBe(5);
    expect(scene.cluster.brokers[0]!.offsets.get('g T 0')).toBe(5);
    expect(scene.cluster.brokers[0]!.members.clientIds('g')).toEqual([]);
    await expect(consumer.subscribe('U')).rejects.toThrow(ClientClosedError);
    await scene.cluster.settle(scene.producer.close());
    await scene.cluster.clock.runToIdle(1000);
  });

  test('does not wait longer than it may', async () => {
    const scene = await Scene.open(1, 1);
    let reason: unknown;
    const consumer = await scene.consumer({
      onMessage: async (_message, context) => {
        context.signal.addEventListener('abort', () => {
          reason = context.signal.reason;
        });
        await new Promise(() => undefined);
      },
    });
    await scene.send(0, 1);
    await scene.cluster.clock.advance(100);
    const startMs = scene.cluster.clock.monotonicMs();
    await scene.cluster.settle(consumer.close({ timeoutMs: 300 }));
    expect(scene.cluster.clock.monotonicMs() - startMs).toBeLessThan(500);
    expect(reason).toBeInstanceOf(ClientClosedError);
    expect(scene.cluster.brokers[0]!.offsets.get('g T 0') ?? 0).toBe(0);
  });
});
