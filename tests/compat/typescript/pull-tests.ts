// Our lite pull consumer.
import { LitePullConsumer, type LitePullConsumerOwnOptions, type ReceivedMessage } from '@rocketmq-ts/client';
import { describe, test } from 'vitest';
import { eventually } from '../support/judge.js';
import { allStored, createTopic, expectSame, numbered, queue } from '../support/steps.js';
import { receivedOf, type TsContext, type TsTests } from './suite.js';

type Options = Omit<LitePullConsumerOwnOptions<Buffer>, 'group'>;

function lite({ namesrv, name }: TsContext, group: string, options: Options = {}): LitePullConsumer {
  return new LitePullConsumer({ nameServers: namesrv, group: name(group), consumeFrom: 'first', ...options });
}

async function fill(context: TsContext, topic: string, count: number) {
  const messages = numbered(topic, count, (index) => ({ shard: `${index}` }));
  return { messages, results: allStored(await context.producer.send('selector', messages)) };
}

/** Polls until so many messages came. */
async function polled(consumer: LitePullConsumer, count: number): Promise<ReceivedMessage[]> {
  const all: ReceivedMessage[] = [];
  const end = Date.now() + 30_000;
  while (all.length < count && Date.now() < end) all.push(...(await consumer.poll({ timeoutMs: 500 })));
  return all;
}

const offsetsOf = (messages: readonly ReceivedMessage[]) => messages.map(({ queueOffset }) => queueOffset);

/** Lite pull consumers. */
export const pullTests: TsTests = (context) => {
  describe('a lite pull consumer', () => {
    test('polls what it subscribes to, commits it, and goes on there', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_lite');
      const { messages, results } = await fill(context(), topic, 40);
      const first = lite(context(), 'lite', { subscriptions: { [topic]: '*' }, autoCommit: false });
      expectSame(messages, results, (await polled(first, 40)).map(receivedOf));
      await first.commit();
      const progress = await Promise.all([0, 1, 2, 3].map((id) => first.committed(queue(context(), topic, id))));
      expect(progress).toEqual([10, 10, 10, 10]);
      await first.close();
      await using second = lite(context(), 'lite', { subscriptions: { [topic]: '*' } });
      const later = await fill(context(), topic, 4);
      expectSame(later.messages, later.results, (await polled(second, 4)).map(receivedOf));
    });

    test('gives again what was not committed', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_lite_again', { queues: 1 });
      await fill(context(), topic, 10);
      const options = { subscriptions: { [topic]: '*' }, autoCommit: false };
      const first = lite(context(), 'again', options);
      expect(await polled(first, 10)).toHaveLength(10);
      await first.close();
      await using second = lite(context(), 'again', options);
      expect(offsetsOf(await polled(second, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('reads the queues it is assigned, from where it seeks', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_assigned', { queues: 2 });
      await fill(context(), topic, 20);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const nowMs = Date.now();
      await using consumer = lite(context(), 'assigned');
      const mine = queue(context(), topic, 1);
      await consumer.assign([mine]);
      expect(offsetsOf(await polled(consumer, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      await consumer.seek(mine, 7);
      expect(offsetsOf(await polled(consumer, 3))).toEqual([7, 8, 9]);
      await consumer.seek(mine, 'begin');
      expect(offsetsOf(await polled(consumer, 10)).at(0)).toBe(0);
      await consumer.seek(mine, 'end');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await fill(context(), topic, 4);
      expect(offsetsOf(await polled(consumer, 2))).toEqual([10, 11]);
      await consumer.seek(mine, { timestampMs: nowMs });
      // Brokers of 4.x go to the message that is nearest to the time, which may be the one before.
      const [first, ...others] = offsetsOf(await polled(consumer, 2));
      expect([9, 10]).toContain(first);
      expect(others.slice(0, 1)).toEqual([first! + 1]);
    });

    test('acknowledges in a loop what the body has done', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_loop', { queues: 1 });
      await fill(context(), topic, 10);
      const read: number[] = [];
      const options = { subscriptions: { [topic]: '*' } };
      const first = lite(context(), 'loop', options);
      for await (const message of first) {
        read.push(message.queueOffset);
        if (read.length === 6) break;
      }
      await first.close();
      expect(read).toEqual([0, 1, 2, 3, 4, 5]);
      const group = context().name('loop');
      const stats = () => context().ours.admin.consumerOffset(group, queue(context(), topic, 0));
      // The sixth was broken off: it comes again.
      await eventually(stats, (offset) => offset === 5);
      await using second = lite(context(), 'loop', options);
      for await (const message of second) {
        read.push(message.queueOffset);
        if (message.queueOffset === 9) break;
      }
      expect(read.slice(6)).toEqual([5, 6, 7, 8, 9]);
    });
  });
};
