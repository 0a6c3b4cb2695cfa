// Messages that come later: delay levels, retries after a failure, dead letters.
import { describe, expect, test } from 'vitest';
import type { Context, Tests } from './client-suite.js';
import { eventually, type PushConsumer } from './judge.js';
import { allStored, createTopic, numbered, readAll, unlessThrown } from './steps.js';

// The first three levels of the default messageDelayLevel.
const DELAYS_MS = [1000, 5000, 10_000];
/** How late a message may be: the reference looks every 100 ms, and machines are busy. */
const LATE_MS = 1500;
const FIRST_RETRY_LEVEL = 3;
/** The first heartbeat of a group makes its retry topic, whose route the client asks for again and again, every 30 s if not told else. */
const POLL_ROUTES_MS = 2000;
/** It takes the queues of that topic within 20 s. */
const SETTLE_MS = 60_000;

function push(
  context: Context,
  group: string,
  topic: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<PushConsumer> {
  const subscribe = { [topic]: '*' };
  return context.judge.push({ namesrv: context.namesrv, group: context.name(group), subscribe, ...options });
}

/** Delay levels and what stands on them. */
export const delayTests: Tests = (context) => {
  describe('later messages', () => {
    test('of a delay level come to their queue when the delay is over', async () => {
      const topic = await createTopic(context(), 'delay', { queues: 1 });
      const messages = numbered(topic, DELAYS_MS.length, (index) => ({ delayLevel: index + 1, tags: `L${index + 1}` }));
      const sentMs = Date.now();
      allStored(await context().producer.send('sync', messages));
      const doneMs = Date.now();
      await using consumer = await push(context(), 'delay', topic);
      const received = await consumer.received(DELAYS_MS.length);
      expect(received.map(({ body }) => body)).toEqual(messages.map(({ body }) => body));
      for (const [index, message] of received.entries()) {
        expect(message.storeTimestamp).toBeGreaterThanOrEqual(sentMs + DELAYS_MS[index]!);
        expect(message.storeTimestamp).toBeLessThan(doneMs + DELAYS_MS[index]! + LATE_MS);
        expect(message).toMatchObject({ queueOffset: index, tags: `L${index + 1}`, reconsumeTimes: 0 });
        expect(message.properties).toMatchObject({ DELAY: `${index + 1}`, REAL_TOPIC: topic, REAL_QID: '0' });
      }
      expect((await readAll(context(), topic)).map(({ msgId }) => msgId)).toEqual(received.map(({ msgId }) => msgId));
    });

    test('that failed come again after the delay of their attempt', async () => {
      const topic = await createTopic(context(), 'retry', { queues: 1 });
      await using consumer = await push(context(), 'retry', topic, {
        failFirst: 1,
        pollRoutesMs: POLL_ROUTES_MS,
      });
      const [sent] = allStored(
        await context().producer.send(
          'sync',
          numbered(topic, 1, () => ({ tags: 'R' })),
        ),
      );
      const [first, second] = await consumer.received(2, SETTLE_MS);
      expect(first).toMatchObject({ topic, reconsumeTimes: 0, attempt: 1 });
      expect(second).toMatchObject({ topic, reconsumeTimes: 1, attempt: 2, body: first!.body, tags: 'R' });
      const delayMs = DELAYS_MS[FIRST_RETRY_LEVEL - 1]!;
      expect(second!.storeTimestamp - first!.storeTimestamp).toBeGreaterThanOrEqual(delayMs);
      expect(second!.properties).toMatchObject({
        DELAY: `${FIRST_RETRY_LEVEL}`,
        RETRY_TOPIC: topic,
        REAL_TOPIC: `%RETRY%${context().name('retry')}`,
        ORIGIN_MESSAGE_ID: sent!.offsetMsgId,
        WAIT: 'false',
      });
    });

    test('that may not be tried again go to the dead letters', async () => {
      const topic = await createTopic(context(), 'dead', { queues: 1 });
      await using consumer = await push(context(), 'dead', topic, { failFirst: 99, maxReconsumeTimes: 0 });
      const [sent] = allStored(await context().producer.send('sync', numbered(topic, 1)));
      await consumer.received(1);
      const dead = await eventually(
        () => readAll(context(), `%DLQ%${context().name('dead')}`).catch(unlessThrown),
        (messages) => messages?.length === 1,
      );
      expect(dead?.[0]).toMatchObject({ reconsumeTimes: 1, body: `message 0 of ${topic}` });
      expect(dead?.[0]?.properties).toMatchObject({
        DELAY: '0',
        RETRY_TOPIC: topic,
        ORIGIN_MESSAGE_ID: sent!.offsetMsgId,
      });
    });
  });
};
