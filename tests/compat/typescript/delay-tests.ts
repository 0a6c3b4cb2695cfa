// Messages for later: at a time of their own, and taken back before it.
import { LitePullConsumer } from '@rocketmq-ts/client';
import { describe, test } from 'vitest';
import { eventually } from '../support/judge.js';
import { createTopic } from '../support/steps.js';
import { producer, type TsTests } from './suite.js';

const DELAY_MS = 4000;
/** The timer of a busy broker may be late. */
const PATIENCE_MS = 3000;

export const delayTests: TsTests = (context) => {
  describe('messages for later', () => {
    test('come at their time, unless they are taken back before', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_later', { queues: 1 });
      await using ours = producer(context(), { messageTrace: true });
      await using consumer = new LitePullConsumer({
        nameServers: context().namesrv,
        group: context().name('later'),
        subscriptions: { [topic]: '*' },
        consumeFrom: 'first',
      });
      const kept = await ours.send({ topic, body: 'kept', deliverAtMs: Date.now() + DELAY_MS });
      const taken = await ours.send({ topic, body: 'taken', delayMs: DELAY_MS });
      expect(kept.recallHandle).toBeTypeOf('string');
      expect(await ours.recall(topic, taken.recallHandle!)).toBe(taken.messageId);
      const endMs = Date.now() + DELAY_MS + PATIENCE_MS;
      const got: string[] = [];
      while (Date.now() < endMs) {
        for (const { body } of await consumer.poll({ timeoutMs: 500 })) got.push(String(body));
      }
      expect(got).toEqual(['kept']);
      const traces = await eventually(
        () =>
          context()
            .ours.admin.traces.byMessageId(taken.messageId)
            .catch(() => []),
        (found) => found.length === 2,
      );
      expect(traces.map(({ type }) => type).sort()).toEqual(['Pub', 'Recall']);
    });
  });
};
