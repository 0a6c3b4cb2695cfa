// Transactional messages against a simulated cluster: their ends, and brokers that ask.
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { FakeCluster } from '../test-cluster.js';
import { Producer } from './producer.js';
import type { TransactionChecker } from './transactions.js';

async function setUp(onCheck?: TransactionChecker) {
  const cluster = await FakeCluster.start({ topics: { T: 1 } });
  const options = { nameServers: cluster.nameServers, group: 'tx', ...(onCheck === undefined ? {} : { onCheck }) };
  return { cluster, producer: new Producer(options, cluster.ports()), broker: cluster.brokers[0]! };
}

describe('a transactional message', () => {
  test('is delivered when the local transaction commits', async () => {
    const { cluster, producer, broker } = await setUp();
    const storedBefore: string[][] = [];
    const result = await cluster.settle(
      producer.sendInTransaction({ topic: 'T', body: 'x' }, async () => {
        storedBefore.push(broker.bodies('T'));
        return 'commit' as const;
      }),
    );
    await cluster.until(() => broker.transactions.ends.length === 1);
    expect(storedBefore).toEqual([[]]);
    expect(broker.bodies('T')).toEqual(['x']);
    expect(result).toMatchObject({ state: 'commit', transactionId: 'tx0', queue: { topic: 'T' } });
    expect(broker.transactions.ends[0]).toMatchObject({
      topic: 'T',
      producerGroup: 'tx',
      tranStateTableOffset: 0,
      commitLogOffset: 7000,
      commitOrRollback: 8,
      fromTransactionCheck: false,
      msgId: result.messageId,
      transactionId: 'tx0',
      bname: 'broker-0',
    });
  });

  test('is not delivered after a rollback', async () => {
    const { cluster, producer, broker } = await setUp();
    await cluster.settle(producer.sendInTransaction({ topic: 'T', body: 'x' }, () => 'rollback'));
    await cluster.until(() => broker.transactions.ends.length === 1);
    expect(broker.transactions.ends[0]!.commitOrRollback).toBe(12);
    expect(broker.bodies('T')).toEqual([]);
    expect(broker.transactions.halves.size).toBe(0);
  });

  test('tells the broker why its local transaction failed', async () => {
    const { cluster, producer, broker } = await setUp();
    const failing = producer.sendInTransaction({ topic: 'T', body: 'x' }, () => {
      throw new RangeError('no room');
    });
    await expect(cluster.settle(failing)).rejects.toThrow('no room');
    await cluster.until(() => broker.transactions.ends.length === 1);
    expect(broker.transactions.ends[0]!.commitOrRollback).toBe(0);
    expect(broker.transactions.remarks).toEqual(['executeLocalTransactionBranch exception: RangeError: no room']);
  });

  test('is asked for when its end is not known, until it is', async () => {
    const answers = ['unknown', 'commit'] as const;
    const asked: string[] = [];
    const { cluster, producer, broker } = await setUp((message) => {
      asked.push(`${message.topic} ${message.body} ${message.messageId}`);
      return answers[asked.length - 1]!;
    });
    const { messageId } = await cluster.settle(producer.sendInTransaction({ topic: 'T', body: 'x' }, () => 'unknown'));
    await cluster.until(() => broker.members.hasProducer('tx') && broker.transactions.ends.length === 1);
    for (const count of [2, 3]) {
      broker.transactions.check();
      await cluster.until(() => broker.transactions.ends.length === count);
    }
    expect(asked).toEqual(Array(2).fill(`HALF x ${messageId}`));
    expect(
      broker.transactions.ends.map(({ commitOrRollback, fromTransactionCheck }) => [
        commitOrRollback,
        fromTransactionCheck,
      ]),
    ).toEqual([
      [0, false],
      [0, true],
      [8, true],
    ]);
    expect(broker.bodies('T')).toEqual(['x']);
  });

  test('stays undecided when the local transaction or the check throws, which both are told', async () => {
    const { cluster, producer, broker } = await setUp(() => {
      throw new Error('no answer');
    });
    const errors: unknown[] = [];
    producer.on('error', ({ error }) => errors.push(error));
    const sent = producer.sendInTransaction({ topic: 'T', body: 'x' }, () => {
      throw new Error('deadlock');
    });
    await expect(cluster.settle(sent)).rejects.toThrow('deadlock');
    await cluster.until(() => broker.members.hasProducer('tx') && broker.transactions.ends.length === 1);
    broker.transactions.check();
    await cluster.until(() => broker.transactions.ends.length === 2);
    expect(broker.transactions.ends.map(({ commitOrRollback }) => commitOrRollback)).toEqual([0, 0]);
    expect(errors).toEqual([new Error('no answer')]);
  });

  test('cannot be delayed', async () => {
    const { cluster, producer } = await setUp();
    const sent = producer.sendInTransaction({ topic: 'T', body: 'x', delayLevel: 1 }, () => 'commit');
    await expect(cluster.settle(sent)).rejects.toThrow(InvalidArgumentError);
  });
});
