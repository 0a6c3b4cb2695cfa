// Consuming: push, orderly, broadcast, filtered, shared between consumers; and every kind of pulling.
import { describe, expect, test } from 'vitest';
import type { Context, Tests } from './client-suite.js';
import {
  eventually,
  type JudgeClient,
  type PullResult,
  type PushConsumer,
  type Queue,
  type Received,
} from './judge.js';
import { allStored, bodiesByQueue, createTopic, expectSame, numbered, queue, sortedBodies } from './steps.js';

type Options = Readonly<Record<string, unknown>>;

// Less than the 20 s after which every client looks at its group by itself: the broker has to tell them.
const NOTICE_MS = 12_000;
const QUIET_MS = 600;

function push(context: Context, group: string, options: Options): Promise<PushConsumer> {
  return context.judge.push({ namesrv: context.namesrv, group: context.name(group), ...options });
}

async function fill(context: Context, topic: string, count: number, tag?: (index: number) => string) {
  const messages = numbered(topic, count, (index) => ({ shard: `${index}`, ...(tag ? { tags: tag(index) } : {}) }));
  return { messages, results: allStored(await context.producer.send('selector', messages)) };
}

/** What came, after a moment in which too much could still come. */
async function settled(consumer: PushConsumer, count: number): Promise<Received[]> {
  await consumer.received(count);
  return consumer.received(count + 1, QUIET_MS);
}

const offsetOf = (message: Received) => message.queueOffset;
const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** Push consumers. */
export const pushTests: Tests = (context) => {
  describe('push consumers', () => {
    test('a concurrent consumer gets what was there and what comes, each once', async () => {
      const topic = await createTopic(context(), 'concurrent');
      const before = await fill(context(), topic, 40);
      await using consumer = await push(context(), 'concurrent', { subscribe: { [topic]: '*' }, consumeBatch: 4 });
      await consumer.received(40);
      const after = await fill(context(), topic, 40);
      const received = await settled(consumer, 80);
      expectSame([...before.messages, ...after.messages], [...before.results, ...after.results], received);
    });

    test('an idle consumer is given a new message at once', async () => {
      const topic = await createTopic(context(), 'waiting', { queues: 1 });
      await using consumer = await push(context(), 'waiting', { subscribe: { [topic]: '*' } });
      await fill(context(), topic, 1);
      await consumer.received(1);
      await consumer.received(2, QUIET_MS);
      await fill(context(), topic, 1);
      // The broker holds a pull for 15 s; only a woken one is as fast as this.
      expect(await consumer.received(2, 5000)).toHaveLength(2);
    });

    test('only the tags of the subscription come', async () => {
      const topic = await createTopic(context(), 'tags');
      const { messages } = await fill(context(), topic, 60, (index) => `Tag${'ABC'[index % 3]}`);
      await using consumer = await push(context(), 'tags', { subscribe: { [topic]: 'TagA || TagC' } });
      const received = await settled(consumer, 40);
      const wanted = messages.filter((message) => message.tags !== 'TagB');
      expect(sortedBodies(received)).toEqual(sortedBodies(wanted));
    });

    test('tags with equal hash codes are told apart', async () => {
      const topic = await createTopic(context(), 'tag_hash', { queues: 1 });
      await fill(context(), topic, 10, (index) => (index % 2 === 0 ? 'AaAa' : 'BBBB'));
      await using consumer = await push(context(), 'tag_hash', { subscribe: { [topic]: 'BBBB' } });
      const received = await settled(consumer, 5);
      expect(received.map((message) => message.tags)).toEqual(Array(5).fill('BBBB'));
    });

    test('an orderly consumer keeps the order of every queue, through failures too', async () => {
      const topic = await createTopic(context(), 'orderly');
      const { messages } = await fill(context(), topic, 40);
      const options = { subscribe: { [topic]: '*' }, orderly: true, failFirst: 1, threads: 8, suspendMs: 50 };
      await using consumer = await push(context(), 'orderly', options);
      const received = await settled(consumer, 80);
      const accepted = received.filter((message) => message.attempt === 2);
      expect(sortedBodies(accepted)).toEqual(sortedBodies(messages));
      for (const [, bodies] of bodiesByQueue(accepted)) {
        const sentOrder = messages.map((message) => message.body ?? '').filter((body) => bodies.includes(body));
        expect(bodies).toEqual(sentOrder);
      }
    });

    test('two consumers share the queues, and one takes over when the other leaves', async () => {
      const topic = await createTopic(context(), 'shared', { queues: 4 });
      const options = { subscribe: { [topic]: '*' } };
      await using first = await push(context(), 'shared', options);
      await using second = await push(context(), 'shared', options);
      const ids = async (consumer: PushConsumer) => {
        const queues = await consumer.queues();
        return ascending(queues.filter((each) => each.topic === topic).map((each) => each.queueId));
      };
      const both = async () => [await ids(first), await ids(second)] as const;
      const shares = await eventually(both, ([a, b]) => a.length === 2 && b.length === 2, NOTICE_MS);
      expect(ascending(shares.flat())).toEqual([0, 1, 2, 3]);
      const early = await fill(context(), topic, 40);
      await eventually(both2(first, second), ([a, b]) => a.length + b.length >= 40);
      const taken = await first.received(0, 0);
      expect(new Set(taken.map((message) => message.queueId))).toEqual(new Set(shares[0]));
      await first.stop();
      await eventually(
        () => ids(second),
        (queues) => queues.length === 4,
        NOTICE_MS,
      );
      const late = await fill(context(), topic, 40);
      const rest = await settled(second, 80 - taken.length);
      expectSame([...early.messages, ...late.messages], [...early.results, ...late.results], [...taken, ...rest]);
    });

    test('two orderly consumers hand over their queues with the locks', async () => {
      const topic = await createTopic(context(), 'orderly_shared', { queues: 4 });
      const options = { subscribe: { [topic]: '*' }, orderly: true };
      const first = await push(context(), 'orderly_shared', options);
      const early = await fill(context(), topic, 20);
      const taken = await settled(first, 20);
      await first.stop();
      await using second = await push(context(), 'orderly_shared', options);
      const late = await fill(context(), topic, 20);
      const rest = await settled(second, 20);
      expectSame([...early.messages, ...late.messages], [...early.results, ...late.results], [...taken, ...rest]);
    });

    test('in broadcasting everyone gets everything', async () => {
      const topic = await createTopic(context(), 'broadcast');
      const options = { subscribe: { [topic]: '*' }, broadcast: true };
      await using first = await push(context(), 'broadcast', options);
      await using second = await push(context(), 'broadcast', options);
      const assigned = async () => [await first.queues(), await second.queues()];
      await eventually(assigned, (queues) => queues.every((each) => each.length >= 4));
      const { messages, results } = await fill(context(), topic, 20);
      expectSame(messages, results, await settled(first, 20));
      expectSame(messages, results, await settled(second, 20));
    });

    test('a group goes on where it stopped', async () => {
      const topic = await createTopic(context(), 'resumed');
      const options = { subscribe: { [topic]: '*' } };
      const first = await push(context(), 'resumed', options);
      await fill(context(), topic, 20);
      expect(await settled(first, 20)).toHaveLength(20);
      await first.stop();
      const { messages, results } = await fill(context(), topic, 12);
      await using second = await push(context(), 'resumed', options);
      expectSame(messages, results, await settled(second, 12));
    });

    test.for(['CONSUME_FROM_FIRST_OFFSET', 'CONSUME_FROM_LAST_OFFSET', 'CONSUME_FROM_TIMESTAMP'])(
      'a new group with %s starts at the first message of a topic that is young',
      async (from) => {
        // The broker answers offset 0 for a group it does not know while the queue still begins at 0 and is in
        // memory, whatever the client would choose; so nothing of a new topic is missed.
        const topic = await createTopic(context(), from);
        const { messages, results } = await fill(context(), topic, 12);
        const options = { subscribe: { [topic]: '*' }, from, timestamp: '20300101000000' };
        await using consumer = await push(context(), from, options);
        expectSame(messages, results, await settled(consumer, 12));
      },
    );
  });
};

function both2(first: PushConsumer, second: PushConsumer) {
  return async () => [await first.received(0, 0), await second.received(0, 0)] as const;
}

/** Pull consumers, offsets and queries. */
export const pullTests: Tests = (context) => {
  describe('pull consumers', () => {
    test('a pull tells where it stands', async () => {
      const topic = await createTopic(context(), 'pull', { queues: 1 });
      const { messages } = await fill(context(), topic, 10, (index) => (index < 5 ? 'early' : 'late'));
      const from = queue(context(), topic, 0);
      const pull = (expression: string, offset: number, max: number) =>
        context().reader.call<PullResult>('pull', from, expression, offset, max);

      const found = await pull('*', 2, 4);
      expect(found).toMatchObject({ pullStatus: 'FOUND', nextBeginOffset: 6, minOffset: 0, maxOffset: 10 });
      expect(found.msgFoundList?.map((message) => message.body)).toEqual(messages.slice(2, 6).map((m) => m.body));
      expect(await pull('*', 10, 4)).toMatchObject({ pullStatus: 'NO_NEW_MSG', nextBeginOffset: 10, maxOffset: 10 });
      expect(await pull('*', 99, 4)).toMatchObject({ pullStatus: 'OFFSET_ILLEGAL', nextBeginOffset: 10 });
      expect(await pull('none', 0, 4)).toMatchObject({ pullStatus: 'NO_MATCHED_MSG' });
      const late = await pull('late', 0, 32);
      expect(late.msgFoundList?.map(offsetOf)).toEqual([5, 6, 7, 8, 9]);
    });

    test('a pull that waits is answered by the next message', async () => {
      const topic = await createTopic(context(), 'block', { queues: 1 });
      const waiting = context().reader.call<PullResult>('pullBlockIfNotFound', queue(context(), topic, 0), '*', 0, 8);
      await fill(context(), topic, 1);
      const { pullStatus, msgFoundList } = await waiting;
      expect({ pullStatus, offsets: msgFoundList?.map(offsetOf) }).toEqual({ pullStatus: 'FOUND', offsets: [0] });
    });

    test('offsets of a group are kept', async () => {
      const topic = await createTopic(context(), 'offsets', { queues: 2 });
      await fill(context(), topic, 10);
      const [one, other] = [queue(context(), topic, 0), queue(context(), topic, 1)];
      const group = context().name('offsets');
      const { admin, servers } = context();
      await admin.call('createAndUpdateSubscriptionGroupConfig', servers.broker, { groupName: group });
      await admin.call('updateConsumeOffset', servers.broker, group, one, 3);
      await using consumer = await context().judge.pull({ namesrv: context().namesrv, group });
      expect(await consumer.call('fetchConsumeOffset', one, true)).toBe(3);
      // Not known yet: 0 while the queue is young, or "not found", which this client turns into -1.
      expect(await consumer.call('fetchConsumeOffset', other, true)).toBeLessThanOrEqual(0);
    });

    test('offsets are found by time', async () => {
      const topic = await createTopic(context(), 'times', { queues: 1 });
      await fill(context(), topic, 5);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await fill(context(), topic, 5);
      const from = queue(context(), topic, 0);
      const { producer, reader } = context();
      expect(await producer.call('minOffset', from)).toBe(0);
      expect(await producer.call('maxOffset', from)).toBe(10);
      const result = await reader.call<PullResult>('pull', from, '*', 0, 32);
      const times = result.msgFoundList?.map((message) => message.storeTimestamp) ?? [];
      expect(times).toHaveLength(10);
      expect(await producer.call('earliestMsgStoreTime', from)).toBe(times[0]);
      for (const time of times) expect(await producer.call('searchOffset', from, time)).toBe(times.indexOf(time));
      expect(await producer.call('searchOffset', from, (times[0] ?? 0) - 60_000)).toBe(0);
      expect(await producer.call('searchOffset', from, (times[9] ?? 0) + 60_000)).toBe(10);
    });
  });

  describe('lite pull', () => {
    test('a subscription is polled, committed and taken up again', async () => {
      const topic = await createTopic(context(), 'lite');
      const { messages, results } = await fill(context(), topic, 40);
      const first = await lite(context(), 'lite', { subscribe: { [topic]: '*' } });
      expectSame(messages, results, await poll(first, 40));
      await first.call('commitSync');
      await first.stop();
      const more = await fill(context(), topic, 8);
      await using second = await lite(context(), 'lite', { subscribe: { [topic]: '*' } });
      expectSame(more.messages, more.results, await poll(second, 8));
    });

    test('assigned queues are sought, paused and resumed', async () => {
      const topic = await createTopic(context(), 'assigned', { queues: 2 });
      await fill(context(), topic, 20);
      await using consumer = await lite(context(), 'assigned', {});
      const queues = await consumer.call<Queue[]>('fetchMessageQueues', topic);
      expect(queues).toHaveLength(2);
      await consumer.call('assign', queues);
      const all = await poll(consumer, 20);
      for (const id of [0, 1]) {
        const offsets = all.filter((message) => message.queueId === id).map(offsetOf);
        expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
      const [one, other] = [queue(context(), topic, 0), queue(context(), topic, 1)];
      await consumer.call('pause', [other]);
      await consumer.call('seek', one, 7);
      expect((await poll(consumer, 3)).map((message) => [message.queueId, message.queueOffset])).toEqual([
        [0, 7],
        [0, 8],
        [0, 9],
      ]);
      await consumer.call('commitSync');
      expect(await consumer.call('committed', one)).toBe(10);
      await consumer.call('resume', [other]);
      await consumer.call('seekToBegin', other);
      expect((await poll(consumer, 10)).map(offsetOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const times = all.filter((message) => message.queueId === 0).map((message) => message.storeTimestamp);
      expect(await consumer.call('offsetForTimestamp', one, times[4])).toBe(times.indexOf(times[4] ?? 0));
    });

    test('tags filter a lite subscription too', async () => {
      const topic = await createTopic(context(), 'lite_tags');
      const { messages } = await fill(context(), topic, 20, (index) => (index % 4 === 0 ? 'wanted' : 'other'));
      await using consumer = await lite(context(), 'lite_tags', { subscribe: { [topic]: 'wanted' } });
      const received = await poll(consumer, 5);
      expect(sortedBodies(received)).toEqual(sortedBodies(messages.filter((message) => message.tags === 'wanted')));
    });
  });
};

/** Finding messages again. */
export const queryTests: Tests = (context) => {
  describe('queries', () => {
    test('a message is found by each of its keys', async () => {
      const topic = await createTopic(context(), 'by_key');
      const messages = numbered(topic, 30, (index) => ({ keys: `order-${index % 3} единица-${index}` }));
      allStored(await context().producer.send('sync', messages));
      const query = (key: string) =>
        context().producer.call<{ messageList: Received[] }>('queryMessage', topic, key, 64, 0, Date.now() + 60_000);
      const shared = await eventually(
        () => query('order-1').catch(() => undefined),
        (result) => result?.messageList.length === 10,
      );
      const wanted = messages.filter((message) => message.keys?.startsWith('order-1 '));
      expect(sortedBodies(shared?.messageList ?? [])).toEqual(sortedBodies(wanted));
      const own = await query('единица-7');
      expect(own.messageList.map((message) => message.body)).toEqual([messages[7]?.body]);
      await expect(query('order-none')).rejects.toMatchObject({ thrown: { type: 'MQClientException' } });
    });

    test('a message is found by its unique id and by its offset id', async () => {
      const topic = await createTopic(context(), 'by_id');
      const messages = numbered(topic, 4, () => ({ properties: { colour: 'blue' } }));
      const results = allStored(await context().producer.send('sync', messages));
      for (const [index, result] of results.entries()) {
        for (const id of [result.msgId, result.offsetMsgId]) {
          const found = await eventually(
            () =>
              context()
                .producer.call<Received>('viewMessage', topic, id)
                .catch(() => undefined),
            (message) => message !== undefined,
          );
          expect(found).toMatchObject({
            topic,
            body: messages[index]?.body,
            queueId: result.queueId,
            queueOffset: result.queueOffset,
            properties: { colour: 'blue' },
          });
        }
      }
    });
  });
};

function lite(context: Context, group: string, options: Options): Promise<JudgeClient> {
  return context.judge.lite({ namesrv: context.namesrv, group: context.name(group), ...options });
}

/** Polls until so many messages have come, and one time more for what should not come. */
async function poll(consumer: JudgeClient, count: number): Promise<Received[]> {
  const received: Received[] = [];
  const end = Date.now() + 30_000;
  while (received.length < count && Date.now() < end) received.push(...(await consumer.call<Received[]>('poll', 1000)));
  received.push(...(await consumer.call<Received[]>('poll', QUIET_MS)));
  expect(received).toHaveLength(count);
  return received;
}
