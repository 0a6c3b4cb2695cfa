// The producer against a simulated cluster: retries, time-outs, failover, the end.
import { ResponseCode } from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import { ClientClosedError, RequestTimeoutError, SendFailedError, TopicNotFoundError } from '../errors.js';
import { FakeCluster } from '../test-cluster.js';
import { Producer } from './producer.js';
import type { ProducerOwnOptions } from './producer-options.js';

async function setUp(options: ProducerOwnOptions<string | Uint8Array> = {}, brokers = 2) {
  const cluster = await FakeCluster.start({ brokers, topics: { T: 2 } });
  const producer = new Producer({ nameServers: cluster.nameServers, ...options }, cluster.ports());
  return { cluster, producer, a: cluster.brokers[0]!, b: cluster.brokers[1]! };
}

function bodiesOf(cluster: FakeCluster): string[] {
  return cluster.brokers.flatMap((broker) => broker.bodies('T')).sort();
}

describe('a producer', () => {
  test('sends to all queues in turn', async () => {
    const { cluster, producer } = await setUp();
    for (let i = 0; i < 8; i++) await cluster.settle(producer.send({ topic: 'T', body: `m${i}` }));
    expect(cluster.brokers.map(({ store }) => [...store.queues.values()].map((records) => records.length))).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  test('tries another broker after an answer that allows it', async () => {
    const { cluster, producer, a } = await setUp();
    a.sendRule = () => ({ code: ResponseCode.SYSTEM_BUSY, remark: 'busy' });
    for (let i = 0; i < 4; i++) {
      const { queue } = await cluster.settle(producer.send({ topic: 'T', body: `m${i}` }));
      expect(queue.brokerName).toBe('broker-1');
    }
    expect(bodiesOf(cluster)).toEqual(['m0', 'm1', 'm2', 'm3']);
  });

  test('gives up at once after an answer that does not', async () => {
    const { cluster, producer } = await setUp();
    for (const broker of cluster.brokers)
      broker.sendRule = () => ({ code: ResponseCode.MESSAGE_ILLEGAL, remark: 'bad' });
    const failure = await cluster.settle(producer.send({ topic: 'T', body: 'x' })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SendFailedError);
    expect(failure).toMatchObject({ code: 'SEND_FAILED', retryable: false, attempts: [{ topic: 'T' }] });
    expect((failure as Error).message).toContain('MESSAGE_ILLEGAL (13): bad');
  });

  test('names brokers and queues when no answer comes in time', async () => {
    const { cluster, producer } = await setUp({ sendTimeoutMs: 1000 }, 1);
    cluster.brokers[0]!.sendRule = () => 'silence';
    const startMs = cluster.clock.monotonicMs();
    const failure = await cluster.settle(producer.send({ topic: 'T', body: 'x' })).catch((error: unknown) => error);
    expect(cluster.clock.monotonicMs() - startMs).toBeLessThanOrEqual(1050);
    expect(failure).toBeInstanceOf(RequestTimeoutError);
    expect((failure as Error).message).toMatch(/tried broker-0\/\d.*within \d+ ms/);
    expect(failure).toMatchObject({ retryable: true });
  });

  test('has time for another broker when a try is bounded', async () => {
    const { cluster, producer, a } = await setUp({ attemptTimeoutMs: 500 });
    a.sendRule = () => 'silence';
    for (let i = 0; i < 3; i++) {
      const { queue } = await cluster.settle(producer.send({ topic: 'T', body: `m${i}` }));
      expect(queue.brokerName).toBe('broker-1');
    }
  });

  test('ends a send when its signal aborts', async () => {
    const { cluster, producer, a, b } = await setUp();
    a.sendRule = b.sendRule = () => 'silence';
    const controller = new AbortController();
    const sending = producer.send({ topic: 'T', body: 'x' }, { signal: controller.signal });
    const settled = expect(sending).rejects.toThrow('enough');
    await cluster.clock.advance(100);
    controller.abort(new Error('enough'));
    await settled;
  });

  test('works on with the brokers that are left, and with the lost one when it is back', async () => {
    const { cluster, producer, a } = await setUp();
    await cluster.settle(producer.send({ topic: 'T', body: 'first' }));
    a.kill();
    for (let i = 0; i < 6; i++) await cluster.settle(producer.send({ topic: 'T', body: `m${i}` }));
    await a.start();
    // What could not be reached is left alone for a while.
    await cluster.clock.advance(3000);
    const brokers = new Set<string>();
    for (let i = 6; i < 12; i++) {
      brokers.add((await cluster.settle(producer.send({ topic: 'T', body: `m${i}` }))).queue.brokerName);
    }
    expect(brokers.size).toBe(2);
    expect(bodiesOf(cluster).length).toBe(13);
  });

  test('keeps its routes while the name server is gone', async () => {
    const { cluster, producer } = await setUp();
    await cluster.settle(producer.send({ topic: 'T', body: 'a' }));
    cluster.killNamesrv();
    await cluster.clock.advance(300_000);
    await cluster.settle(producer.send({ topic: 'T', body: 'b' }));
    expect(bodiesOf(cluster)).toEqual(['a', 'b']);
  });

  test('sends equal hash keys to equal queues', async () => {
    const { cluster, producer } = await setUp();
    const queueOf = async (hashKey: string) =>
      (await cluster.settle(producer.send({ topic: 'T', body: 'x' }, { hashKey }))).queue;
    expect(await queueOf('k1')).toEqual(await queueOf('k1'));
    const { queue } = await cluster.settle(
      producer.send({ topic: 'T', body: 'x' }, { select: (queues) => queues.at(-1)! }),
    );
    expect(queue).toEqual({ topic: 'T', brokerName: 'broker-1', queueId: 1 });
  });

  test('sends a batch and tells each message where it is', async () => {
    const { cluster, producer } = await setUp({ maxBatchBytes: 400 });
    const results = await cluster.settle(
      producer.sendBatch(Array.from({ length: 9 }, (_, i) => ({ topic: 'T', body: `b${i}` }))),
    );
    expect(new Set(results.map(({ messageId }) => messageId)).size).toBe(9);
    expect(new Set(results.map(({ queue, queueOffset }) => JSON.stringify([queue, queueOffset]))).size).toBe(9);
    expect(bodiesOf(cluster)).toEqual(Array.from({ length: 9 }, (_, i) => `b${i}`));
  });

  test('names its batches to brokers that know such names', async () => {
    const { cluster, producer, a, b } = await setUp();
    const texts: string[] = [];
    for (const broker of [a, b]) {
      broker.sendRule = ({ properties = '' }) => {
        texts.push(String(properties));
        return undefined;
      };
    }
    const [first] = await cluster.settle(
      producer.sendBatch([
        { topic: 'T', body: 'x' },
        { topic: 'T', body: 'y' },
      ]),
    );
    expect(texts).toEqual([`WAIT\u0001true\u0002UNIQ_KEY\u0001${first!.messageId}\u0002`]);
  });

  test('gathers messages when asked to', async () => {
    const { cluster, producer } = await setUp({ linger: { delayMs: 5, batchMessages: 50 } }, 1);
    let requests = 0;
    cluster.brokers[0]!.sendRule = () => {
      requests++;
      return undefined;
    };
    await cluster.settle(
      Promise.all(Array.from({ length: 120 }, (_, i) => producer.send({ topic: 'T', body: `${i}` }))),
    );
    expect(requests).toBe(3);
    expect(bodiesOf(cluster).length).toBe(120);
  });

  test('tells of a topic that nobody knows', async () => {
    const { cluster, producer } = await setUp();
    await expect(cluster.settle(producer.send({ topic: 'Unknown', body: 'x' }))).rejects.toThrow(TopicNotFoundError);
  });

  test('creates a topic by its first message where brokers allow it', async () => {
    const { cluster, producer } = await setUp();
    cluster.topics.set('TBW102', 8);
    await cluster.settle(producer.send({ topic: 'New', body: 'x' }));
    expect(cluster.brokers.flatMap((broker) => broker.bodies('New'))).toEqual(['x']);
    expect((await cluster.settle(producer.queuesOf('New'))).length).toBe(8);
  });

  test('waits for what is under way when it closes, and leaves nothing behind', async () => {
    const { cluster, producer } = await setUp();
    const sending = producer.send({ topic: 'T', body: 'last' });
    await cluster.settle(Promise.all([sending, cluster.clock.advance(0).then(() => producer.close())]));
    expect(bodiesOf(cluster)).toEqual(['last']);
    await expect(producer.send({ topic: 'T', body: 'x' })).rejects.toThrow(ClientClosedError);
    await cluster.clock.runToIdle(1000);
  });
});
