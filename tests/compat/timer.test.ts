// A store directory with messages that wait, for a time or by a delay level, goes from server to server: each delivers what is due by then.
import { describe, expect, test } from 'vitest';
import type { Context } from './support/client-suite.js';
import { missing } from './support/java.js';
import { eventually, type Received } from './support/judge.js';
import { relay, type Stage } from './support/relay.js';
import { type Config, kindUnderTest } from './support/servers.js';
import { allStored, createTopic, numbered, readAll } from './support/steps.js';

const STAGES: readonly Omit<Stage, 'storeDir'>[] = [
  { kind: kindUnderTest, ending: 'stop' },
  { kind: 'reference', ending: 'kill' },
  { kind: kindUnderTest, ending: 'kill' },
  { kind: 'reference', ending: 'stop' },
  { kind: kindUnderTest, ending: 'stop' },
];
/** Due while the next server starts. */
const SOON_MS = 4000;
/** Of five seconds: the message waits when its server ends. */
const DELAY_LEVEL = 2;
const DELAY_LEVEL_MS = 5000;
/** The answer to a send may come so late. */
const SEND_MS = 1000;
/** Due when all servers have had the directory, as a rule. */
const FAR_MS = 40_000;
/** Each server writes its check point once a second, and is given a little longer. */
const config: Config = { timerFlushIntervalMs: 1000 };
const CHECKPOINT_MS = 1500;
/** On a busy machine ours may be so late with it. Java's may be behind by any time. */
const LATE_CHECKPOINT_MS = 3000;
/** A killed server may live on for so long. */
const DYING_MS = 1000;

/** Messages that a server delivered in this time may come again: it was killed then, and had not written how far it was. */
interface Kill {
  readonly fromMs: number;
  readonly atMs: number;
}
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

describe.skipIf(missing !== undefined)(`a store with timed messages${why}`, () => {
  const { path, serve } = relay('timer');
  /** When each message is due, by id. */
  const due = new Map<string, number>();
  /** Those of a delay level. */
  const delayed = new Set<string>();
  const kills: Kill[] = [];
  let attempts = 0;

  const mayRepeat = (deliveredMs: number, againMs: number) =>
    kills.some(({ fromMs, atMs }) => {
      return fromMs <= deliveredMs && deliveredMs <= atMs + DYING_MS && atMs <= againMs;
    });

  /** Leaves messages for the next server, of a time and of a delay level, one for the last, and one that is taken back. */
  async function leave({ producer }: Context, topic: string, farMs: number): Promise<void> {
    const times = [Date.now() + SOON_MS, farMs, Date.now() + SOON_MS];
    const results = allStored(
      await producer.send(
        'sync',
        numbered(topic, 3, (i) => ({ deliverAtMs: times[i]! })),
      ),
    );
    await producer.call('recallMessage', topic, results[2]!.recallHandle);
    const [ofLevel] = allStored(
      await producer.send(
        'sync',
        numbered(topic, 1, () => ({ delayLevel: DELAY_LEVEL })),
      ),
    );
    delayed.add(ofLevel!.msgId);
    due.set(ofLevel!.msgId, Date.now() + DELAY_LEVEL_MS - SEND_MS);
    for (const i of [0, 1]) due.set(results[i]!.msgId, times[i]!);
    await new Promise((resolve) => setTimeout(resolve, CHECKPOINT_MS));
  }

  function arrived(context: Context, topic: string, ids: readonly string[]): Promise<readonly Received[]> {
    const isThere = (messages: readonly Received[]) =>
      ids.every((id) => messages.some((message) => message.msgId === id));
    return eventually(() => readAll(context, topic), isThere, 60_000);
  }

  test('brings each of them at its time, once, whoever has it and however the last one ended', async () => {
    const farMs = Date.now() + FAR_MS;
    const storeDir = `${path}/store-${++attempts}`;
    let topic = '';
    due.clear();
    delayed.clear();
    kills.length = 0;
    let startedMs = Date.now();
    for (const [index, stage] of STAGES.entries()) {
      const isLast = index === STAGES.length - 1;
      await serve({ ...stage, storeDir, config }, async (context) => {
        if (index === 0) topic = await createTopic(context, 'timed', { queues: 1 });
        const expected = [...due].flatMap(([id, atMs]) => (isLast || atMs !== farMs ? [id] : []));
        const all = await arrived(context, topic, expected);
        if (!isLast) {
          await leave(context, topic, farMs);
          const atMs = Date.now();
          const fromMs = stage.kind === 'reference' ? startedMs : atMs - LATE_CHECKPOINT_MS;
          if (stage.ending === 'kill') kills.push({ fromMs, atMs });
          startedMs = atMs;
          return;
        }
        expect(new Set(all.map(({ msgId }) => msgId))).toEqual(new Set(expected));
        for (const id of expected) {
          const times = all.filter(({ msgId }) => msgId === id).map(({ storeTimestamp }) => storeTimestamp);
          expect(times[0]).toBeGreaterThanOrEqual(due.get(id) ?? 0);
          // A server that is killed has not written how far its delay levels were.
          if (delayed.has(id)) continue;
          for (const [i, time] of times.slice(1).entries()) {
            expect(mayRepeat(times[i]!, time), `${id}: ${times} with ${JSON.stringify(kills)}`).toBe(true);
          }
        }
      });
    }
  });
});
