// Order by sharding key against a simulated cluster: keys side by side, a key never out of order.
import { describe, expect, test } from 'vitest';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';
import { PushConsumer } from './push-consumer.js';
import type { PushConsumerOwnOptions } from './push-consumer-options.js';
import type { ReceivedMessage } from './received-message.js';

class Scene {
  readonly done: string[] = [];
  readonly gates = new Map<string, () => void>();
  running = 0;
  mostRunning = 0;

  constructor(
    readonly cluster: FakeCluster,
    readonly producer: Producer,
  ) {}

  static async open(): Promise<Scene> {
    const cluster = await FakeCluster.start({ topics: { T: 1 } });
    return new Scene(cluster, new Producer({ nameServers: cluster.nameServers }, cluster.ports()));
  }

  async send(...names: string[]): Promise<void> {
    for (const body of names) {
      const key = body[0] === '-' ? {} : { shardingKey: body[0]! };
      await this.cluster.settle(this.producer.send({ topic: 'T', body, ...key }));
    }
  }

  async consume(
    onMessage: (message: ReceivedMessage, body: string) => unknown,
    options: Partial<PushConsumerOwnOptions<Buffer>> = {},
  ): Promise<PushConsumer> {
    const consumer = new PushConsumer(
      {
        nameServers: this.cluster.nameServers,
        group: 'g',
        order: 'key',
        subscriptions: { T: '*' },
        consumeFrom: 'first',
        ...options,
        onMessage: async (message) => {
          this.mostRunning = Math.max(this.mostRunning, ++this.running);
          try {
            await onMessage(message, message.body.toString());
            this.done.push(message.body.toString());
          } finally {
            this.running--;
          }
        },
      },
      this.cluster.ports(),
    );
    await this.cluster.settle(consumer.start());
    return consumer;
  }

  gate(name: string): Promise<void> {
    return new Promise((resolve) => this.gates.set(name, resolve));
  }

  get committed(): number | undefined {
    return this.cluster.brokers[0]!.offsets.get('g T 0');
  }
}

describe('order by key', () => {
  test('handles one key after the other and others meanwhile, and commits only what is finished', async () => {
    const scene = await Scene.open();
    await scene.send('a1', 'b1', 'a2', 'b2', '-x', 'a3');
    await scene.consume((_message, body) => (body === 'a1' ? scene.gate(body) : undefined));
    await scene.cluster.until(() => scene.done.length === 3);
    await scene.cluster.clock.advance(10_000);
    expect(scene.done).toEqual(['b1', '-x', 'b2']);
    expect(scene.committed ?? 0).toBe(0);
    scene.gates.get('a1')!();
    await scene.cluster.until(() => scene.done.length === 6);
    await scene.cluster.clock.advance(10_000);
    expect(scene.done.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(scene.committed).toBe(6);
    expect(scene.mostRunning).toBeGreaterThan(1);
  });

  test('holds up only the key whose message fails', async () => {
    const scene = await Scene.open();
    let failures = 0;
    await scene.consume(
      (_message, body) => {
        if (body === 'a1' && failures++ < 3) throw new Error('not now');
      },
      { suspendMs: 500 },
    );
    await scene.send('a1', 'a2', 'b1', 'b2');
    await scene.cluster.until(() => scene.done.length === 4);
    expect(scene.done).toEqual(['b1', 'b2', 'a1', 'a2']);
    await scene.cluster.clock.advance(10_000);
    expect(scene.committed).toBe(4);
  });

  test('gives a key up to the retries when it has failed too often', async () => {
    const scene = await Scene.open();
    await scene.consume(
      (message, body) => {
        if (body === 'a1' && message.queue.topic === 'T') throw new Error('never');
      },
      { suspendMs: 10, maxReconsumeTimes: 2 },
    );
    await scene.send('a1', 'a2');
    await scene.cluster.until(() => scene.done.includes('a2'));
    expect(scene.cluster.brokers[0]!.bodies('%RETRY%g')).toEqual(['a1']);
  });

  test('ends between calls', async () => {
    const scene = await Scene.open();
    const consumer = await scene.consume((_message, body) => (body === 'a1' ? scene.gate(body) : undefined));
    await scene.send('a1', 'a2', 'b1');
    await scene.cluster.until(() => scene.done.length === 1);
    const closing = consumer.close();
    await scene.cluster.clock.advance(100);
    scene.gates.get('a1')!();
    await scene.cluster.settle(closing);
    expect(scene.done).toEqual(['b1', 'a1']);
    expect(scene.committed).toBe(1);
    expect(scene.cluster.brokers[0]!.locks.size).toBe(0);
  });
});
