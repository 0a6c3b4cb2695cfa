// The parts of a producer: what becomes of a message, of a batch, and of slow brokers.
import { decodeBatchBody, decodeProperties } from '@rocketmq-ts/common';
import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { json } from '../codec.js';
import { InvalidArgumentError } from '../errors.js';
import { buildTopicRoute, type TopicRoute } from '../route/topic-route.js';
import { splitIntoBatches } from './batch-splitter.js';
import { LatencyFaultTolerance } from './latency-fault-tolerance.js';
import { MessagePreparation, type OutgoingMessage } from './outgoing-message.js';
import { QueueRotation } from './queue-rotation.js';

function preparation(namespace?: string): MessagePreparation<string | Uint8Array> {
  let next = 0;
  const options = { codec: undefined, namespace, maxMessageBytes: 100 };
  return new MessagePreparation(options, () => `ID${next++}`);
}

function routeOf(brokers: Readonly<Record<string, number>>): TopicRoute {
  const names = Object.keys(brokers);
  return buildTopicRoute('T', {
    queueDatas: names.map((brokerName) => ({
      brokerName,
      readQueueNums: brokers[brokerName]!,
      writeQueueNums: brokers[brokerName]!,
      perm: 6,
      topicSysFlag: 0,
    })),
    brokerDatas: names.map((brokerName) => ({
      brokerName,
      brokerAddrs: new Map([[0, `${brokerName}:1`]]),
      enableActingMaster: false,
    })),
    filterServerTable: new Map(),
  });
}

describe('a message to send', () => {
  test('gets its properties as text', () => {
    const { propertiesText, messageId, body } = preparation('NS').prepare({
      topic: 'T',
      body: 'héllo',
      tag: 'a',
      keys: ['1', '2'],
      shardingKey: 's',
      properties: { x: 'y' },
      waitStored: false,
    });
    expect(body.toString()).toBe('héllo');
    expect(decodeProperties(propertiesText)).toEqual(
      new Map([
        ['UNIQ_KEY', messageId],
        ['WAIT', 'false'],
        ['TAGS', 'a'],
        ['KEYS', '1 2'],
        ['__SHARDINGKEY', 's'],
        ['INSTANCE_ID', 'NS'],
        ['x', 'y'],
      ]),
    );
  });

  test('is put into the namespace', () => {
    expect(preparation('NS').prepare({ topic: 'T', body: 'x' }).topic).toBe('NS%T');
  });

  test.each<[string, OutgoingMessage, string]>([
    ['an empty body', { topic: 'T', body: '' }, 'the message body length is zero'],
    ['a body over the limit', { topic: 'T', body: 'x'.repeat(101) }, 'MAX: 100, not 101'],
    ['a bad topic', { topic: 'a b', body: 'x' }, 'contains illegal characters'],
    ['a system topic', { topic: 'SCHEDULE_TOPIC_XXXX', body: 'x' }, 'is forbidden'],
    [
      'a reserved property',
      { topic: 'T', body: 'x', properties: { KEYS: 'x' } },
      'The Property<KEYS> is used by system',
    ],
    ['a blank property', { topic: 'T', body: 'x', properties: { a: ' ' } }, "property 'a'"],
    ['a separator in a tag', { topic: 'T', body: 'x', tag: 'a\u0001b' }, 'separator'],
    ['two delays', { topic: 'T', body: 'x', delayLevel: 1, delayMs: 5 }, 'not several'],
    ['a negative delay', { topic: 'T', body: 'x', delayMs: -1 }, 'delayMs: -1'],
  ])('is refused with %s', (_name, message, reason) => {
    expect(() => preparation().prepare(message)).toThrow(InvalidArgumentError);
    expect(() => preparation().prepare(message)).toThrow(reason);
  });

  test('can be any value that its codec encodes', () => {
    const options = { codec: json<{ a: number }>(), namespace: undefined, maxMessageBytes: 100 };
    const prepared = new MessagePreparation(options, () => 'ID').prepare({ topic: 'T', body: { a: 1 } });
    expect(prepared.body.toString()).toBe('{"a":1}');
  });
});

describe('a batch', () => {
  test('is split by size, in order', () => {
    const messages = Array.from({ length: 10 }, (_, i) => preparation().prepare({ topic: 'T', body: `body${i}` }));
    const size = 22 + 5 + Buffer.byteLength(messages[0]!.propertiesText);
    const batches = splitIntoBatches(messages, size * 4);
    expect(batches.map((batch) => batch.messages.length)).toEqual([4, 4, 2]);
    const bodies = batches.flatMap(({ request }) => decodeBatchBody(Buffer.from(request.body)));
    expect(bodies.map(({ body }) => body.toString())).toEqual(messages.map(({ body }) => body.toString()));
  });

  test('refuses what cannot travel together', () => {
    const prepare = (message: Partial<OutgoingMessage>) => preparation().prepare({ topic: 'T', body: 'x', ...message });
    expect(() => splitIntoBatches([], 100)).toThrow('at least one');
    expect(() => splitIntoBatches([prepare({}), prepare({ topic: 'U' })], 100)).toThrow("not 'T' and 'U'");
    expect(() => splitIntoBatches([prepare({ delayLevel: 3 })], 100)).toThrow('delayed');
    expect(() => splitIntoBatches([prepare({}), prepare({ waitStored: false })], 100)).toThrow('waitStored');
  });
});

describe('queues', () => {
  test('are taken in turn', () => {
    const rotation = new QueueRotation(new SeededRandom(1));
    const route = routeOf({ a: 2, b: 2 });
    const taken = Array.from({ length: 8 }, () => rotation.next(route));
    expect(new Set(taken.slice(0, 4)).size).toBe(4);
    expect(taken.slice(4)).toEqual(taken.slice(0, 4));
  });

  test('of the broker that has just failed are left out, if there are others', () => {
    const rotation = new QueueRotation(new SeededRandom(1));
    for (let i = 0; i < 10; i++) expect(rotation.next(routeOf({ a: 2, b: 2 }), 'a').brokerName).toBe('b');
    expect(rotation.next(routeOf({ a: 2 }), 'a').brokerName).toBe('a');
  });

  test('of slow brokers are avoided for as long as the reference avoids them', async () => {
    const clock = new VirtualClock();
    const faults = new LatencyFaultTolerance(clock);
    const avoidedMs: Record<number, number> = {
      50: 0,
      549: 0,
      550: 2000,
      1800: 5000,
      3000: 6000,
      5000: 10_000,
      15000: 30_000,
    };
    for (const [latencyMs, avoidMs] of Object.entries(avoidedMs)) {
      faults.answered('a', Number(latencyMs));
      expect(faults.isAvailable('a'), latencyMs).toBe(avoidMs === 0);
      if (avoidMs === 0) continue;
      await clock.advance(avoidMs - 1);
      expect(faults.isAvailable('a')).toBe(false);
      await clock.advance(1);
      expect(faults.isAvailable('a')).toBe(true);
    }
    faults.failed('a');
    const rotation = new QueueRotation(new SeededRandom(1));
    for (let i = 0; i < 10; i++) expect(rotation.next(routeOf({ a: 2, b: 1 }), undefined, faults).brokerName).toBe('b');
    expect(rotation.next(routeOf({ a: 2 }), undefined, faults).brokerName).toBe('a');
  });
});
