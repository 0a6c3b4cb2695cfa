// A store directory with messages that wait for their time goes from server to server: each delivers what is due by then.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Context, openContext } from './support/client-suite.js';
import { CLIENT_5, missing } from './support/java.js';
import { eventually, type Received } from './support/judge.js';
import type { Server } from './support/launch.js';
import { endpoints, type Kind, kindUnderTest, scratch, startBroker, startNamesrv } from './support/servers.js';
import { allStored, createTopic, numbered, readAll } from './support/steps.js';

/** A server that has the directory, and how it ends. */
interface Stage {
  readonly kind: Kind;
  readonly ending: 'stop' | 'kill';
}

const STAGES: readonly Stage[] = [
  { kind: kindUnderTest, ending: 'stop' },
  { kind: 'reference', ending: 'kill' },
  { kind: kindUnderTest, ending: 'kill' },
  { kind: 'reference', ending: 'stop' },
  { kind: kindUnderTest, ending: 'stop' },
];
/** Due while the next server starts. */
const SOON_MS = 2500;
/** Due when all servers have had the directory, as a rule. */
const FAR_MS = 40_000;
/** Each server writes its check point once a second. */
const CHECKPOINT_MS = 1500;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

describe.skipIf(missing !== undefined)(`a store with timed messages${why}`, () => {
  const directory = scratch('timer');
  const running: Server[] = [];
  /** When each message is due, by id. */
  const due = new Map<string, number>();
  let namesrv: Server;

  beforeAll(async () => {
    namesrv = await startNamesrv(kindUnderTest, directory.path);
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.child.kill();
  });
  afterAll(async () => {
    await namesrv?.child.stop();
    directory.remove();
  });

  async function serve<T>(stage: Stage, use: (context: Context) => Promise<T>): Promise<T> {
    const { kind, ending } = stage;
    const broker = await startBroker(kind, { directory: directory.path, namesrv: namesrv.address });
    running.push(broker);
    const context = await openContext({ version: CLIENT_5 }, endpoints(kind, namesrv.address, broker.address));
    try {
      return await use(context);
    } catch (failure) {
      throw new Error(`with the ${kind} broker: ${broker.child.output()}`, { cause: failure });
    } finally {
      await context.judge.stop();
      await broker.child[ending]();
    }
  }

  /** Leaves a message for the next server, one for the last, and one that is taken back. */
  async function leave({ producer }: Context, topic: string, farMs: number): Promise<void> {
    const times = [Date.now() + SOON_MS, farMs, Date.now() + SOON_MS];
    const results = allStored(
      await producer.send(
        'sync',
        numbered(topic, 3, (i) => ({ deliverAtMs: times[i]! })),
      ),
    );
    await producer.call('recallMessage', topic, results[2]!.recallHandle);
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
    let topic = '';
    for (const [index, stage] of STAGES.entries()) {
      const isLast = index === STAGES.length - 1;
      await serve(stage, async (context) => {
        if (index === 0) topic = await createTopic(context, 'timed', { queues: 1 });
        const expected = [...due].flatMap(([id, atMs]) => (isLast || atMs !== farMs ? [id] : []));
        const all = await arrived(context, topic, expected);
        if (!isLast) return leave(context, topic, farMs);
        expect(all.map(({ msgId }) => msgId).sort()).toEqual(expected.sort());
        for (const { msgId, storeTimestamp } of all) expect(storeTimestamp).toBeGreaterThanOrEqual(due.get(msgId) ?? 0);
      });
    }
  });
});
