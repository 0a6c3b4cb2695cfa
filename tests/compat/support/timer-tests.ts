// Messages that come at any time, and that are taken back before.
import { describe, expect, test } from 'vitest';
import type { Context, Tests } from './client-suite.js';
import { JudgeError, type Received } from './judge.js';
import { allStored, createTopic, numbered, readAll } from './steps.js';

/** How late a message may be: the reference looks every 100 ms, and machines are busy. */
const LATE_MS = 1500;
/** A slot is delivered when it is over: a time in its middle comes at its end. */
const SLOT_MS = 1000;

async function receive(context: Context, topic: string, count: number): Promise<readonly Received[]> {
  const { judge, namesrv, name } = context;
  await using consumer = await judge.push({ namesrv, group: name('timed'), subscribe: { [topic]: '*' } });
  return await consumer.received(count);
}

/** Times and recalls, as 5.x clients have them. */
export const timerTests: Tests = (context) => {
  describe('timed messages', () => {
    test('come at their time, and not when they were taken back', async () => {
      const { producer } = context();
      const topic = await createTopic(context(), 'timed', { queues: 1 });
      const sentMs = Date.now();
      const times = [{ delayMs: 1500 }, { deliverAtMs: sentMs + 3000 }, { delaySec: 4 }, { delayMs: 3500 }, {}];
      const dueMs = [1500, 3000, 4000, 3500, 0];
      const results = allStored(
        await producer.send(
          'sync',
          numbered(topic, times.length, (i) => times[i]!),
        ),
      );
      const doneMs = Date.now();
      const handles = results.map(({ recallHandle }) => recallHandle);
      expect(handles.map((handle) => handle !== undefined)).toEqual([true, true, true, true, false]);
      expect(await producer.call('recallMessage', topic, handles[3])).toBe(results[3]!.msgId);
      const received = await receive(context(), topic, times.length - 1);
      const expected = new Map([0, 1, 2, 4].map((i) => [results[i]!.msgId, dueMs[i]!]));
      expect(received.map(({ msgId }) => msgId).sort()).toEqual([...expected.keys()].sort());
      for (const message of received) {
        const delayMs = expected.get(message.msgId)!;
        // The client's time is a little before the broker's, from which a delay counts.
        expect(message.storeTimestamp).toBeGreaterThanOrEqual(sentMs + delayMs - 1);
        expect(message.storeTimestamp).toBeLessThan(doneMs + delayMs + SLOT_MS + LATE_MS);
      }
      const first = received.find(({ msgId }) => msgId === results[0]!.msgId)?.properties ?? {};
      expect(first).toMatchObject({ TIMER_DELAY_MS: '1500', REAL_TOPIC: topic, REAL_QID: '0' });
      expect(Object.keys(first)).toEqual(
        expect.arrayContaining(['TIMER_OUT_MS', 'TIMER_ENQUEUE_MS', 'TIMER_DEQUEUE_MS']),
      );
      expect(await readAll(context(), topic)).toHaveLength(times.length - 1);
    });

    test('of too far a time are refused, and so are handles of nothing', async () => {
      const { producer } = context();
      const topic = await createTopic(context(), 'too-far', { queues: 1 });
      const [result] = await producer.send(
        'sync',
        numbered(topic, 1, () => ({ delaySec: 3 * 86_400 + 60 })),
      );
      expect(result?.error).toMatchObject({ code: 13 });
      expect(JSON.stringify(result?.error)).toContain(
        'timer message illegal, the delay time should not be bigger than the max delay 259200000ms',
      );
      const { brokerName } = context().servers;
      const handle = Buffer.from(`v1 ${topic} ${brokerName} 1 X`).toString('base64url');
      const failure: unknown = await producer.call('recallMessage', topic, handle).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(JudgeError);
      expect(String(failure)).toContain('recall failed, timestamp invalid');
    });
  });
};
