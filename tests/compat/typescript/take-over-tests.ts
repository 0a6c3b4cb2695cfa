// Queues that are consumed in order, when their owners are killed: members of both kinds are left, and go on in order.
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { Child } from '../support/child.js';
import { CLIENT_5 } from '../support/java.js';
import { eventually, Judge, type Received } from '../support/judge.js';
import { createTopic } from '../support/steps.js';
import { ascending, fill, idsOf, javaMember } from './mixed-tests.js';
import { consume, type TsTests } from './suite.js';

const QUEUES = 8;
const PER_QUEUE = 40;
const HANDLE_MS = 60;
/** Locks of the killed live for 25 s. */
const TAKE_OVER_MS = 90_000;
const ALL = Array.from({ length: QUEUES }, (_, id) => id);
/** Queues go to the members in the order of these: a survivor keeps its own whichever of the killed is missed first. */
const INSTANCES = { own: 'a', killed: 'b', killedJava: 'c', java: 'd' };
const MEMBER = new URL('./member.mjs', import.meta.url).pathname;

/** What a member was given of each queue, as numbers from 0, in its order. */
type Journal = readonly (readonly number[])[];

function journalOf(deliveries: Iterable<readonly [queueId: number, body: number]>): Journal {
  const journal = ALL.map((): number[] => []);
  for (const [queueId, body] of deliveries) journal[queueId]!.push((body - queueId) / QUEUES);
  return journal;
}

const javaJournal = (received: readonly Received[]) =>
  journalOf(received.map(({ queueId, body }) => [queueId, Number(body)]));

const isRun = (numbers: readonly number[], first: number) => numbers.every((number, index) => number === first + index);

export const takeOverTests: TsTests = (context) => {
  describe('a group in order with members of Java and of ours', () => {
    test('goes on in order where killed members of both kinds have ended', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_order_kill', { queues: QUEUES });
      const { namesrv, name, directory } = context();
      const group = name('order_kill');
      const orderly = { orderly: true, threads: QUEUES, handleMs: HANDLE_MS };
      const instance = (member: keyof typeof INSTANCES) => name(INSTANCES[member]);
      const judge = await Judge.start({ version: CLIENT_5 });
      const subscribe = { [topic]: '*' };
      const ofKilledJava = { namesrv, group, subscribe, ...orderly, instance: instance('killedJava') };
      const killedJava = await judge.push(ofKilledJava);
      const ofKilled = { namesrv, group, topic, order: 'queue', handleMs: HANDLE_MS, instanceName: instance('killed') };
      const args = [MEMBER, JSON.stringify(ofKilled)];
      const logFile = join(directory, 'order-member.log');
      const killed = new Child({ command: process.execPath, args, logFile });
      const got: [number, number][] = [];
      await using own = await consume(context(), 'order_kill', {
        subscriptions: subscribe,
        order: 'queue',
        instanceName: instance('own'),
        onMessage: async ({ body, queue: { queueId } }) => {
          got.push([queueId, Number(body)]);
          await new Promise((resolve) => setTimeout(resolve, HANDLE_MS));
        },
      });
      await using java = await javaMember(context(), 'order_kill', topic, {
        ...orderly,
        instance: instance('java'),
      });
      const idsOfKilled = () =>
        [...killed.text.matchAll(/^holds \d+: (.*)$/gm)].at(-1)?.[1]?.split(' ').map(Number) ?? [];
      const owners = async () => [
        ...[idsOf(await killedJava.queues(), topic), idsOfKilled()],
        ...[idsOf(own.assignment, topic), idsOf(await java.queues(), topic)],
      ];
      const isShared = (ids: readonly (readonly number[])[]) =>
        ids.every(({ length }) => length === 2) && new Set(ids.flat()).size === QUEUES;
      const [javaIds = [], killedIds = [], ...kept] = await eventually(owners, isShared, 60_000);
      expect(kept.map(ascending)).toEqual([
        [0, 1],
        [6, 7],
      ]);
      await fill(context(), topic, QUEUES * PER_QUEUE);
      await eventually(
        async () => javaJournal(await killedJava.received(0, 0))[javaIds[0]!]!.length,
        (count) => count >= 5,
      );
      const javaBefore = javaJournal(await killedJava.received(0, 0));
      await Promise.all([judge.kill(), killed.kill()]);
      await judge.stop();
      const lines = [...killed.text.matchAll(/^got (\d+) (\d+)$/gm)];
      const before = journalOf(lines.map(([, queueId, body]) => [Number(queueId), Number(body)]));
      const survivors = async () => [journalOf(got), javaJournal(await java.received(0, 0))];
      const isDone = (journals: readonly Journal[]) =>
        ALL.every((id) => journals.some((journal) => journal[id]!.includes(PER_QUEUE - 1)));
      const after = await eventually(survivors, isDone, TAKE_OVER_MS);
      for (const id of ALL) {
        const isOrphan = javaIds.includes(id) || killedIds.includes(id);
        const parts = after.map((journal) => journal[id]!);
        for (const part of parts) expect(isRun(part, part[0] ?? 0), `queue ${id}: ${part}`).toBe(true);
        const whole = ascending(parts.flat());
        // What the killed have handled and not committed comes again.
        const first = isOrphan ? (whole[0] ?? 0) : 0;
        expect(
          isRun(whole, first) && whole.length === PER_QUEUE - first,
          `queue ${id} from ${first}: ${parts.join(' | ')}`,
        ).toBe(true);
        if (!isOrphan) continue;
        const ended = (javaIds.includes(id) ? javaBefore : before)[id]!;
        expect(isRun(ended, 0), `queue ${id} before: ${ended}`).toBe(true);
        // Java may have begun a few more since it was asked.
        expect(first).toBeLessThanOrEqual(ended.length + 3);
      }
    });
  });
};
