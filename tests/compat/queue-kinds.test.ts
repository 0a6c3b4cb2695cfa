// Batches that are stored as one message, light queues and extended queues: served to Java clients, and from the
// other server's directory.
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Context, closeContext, contextOf } from './support/client-suite.js';
import { CLIENT_5, missing } from './support/java.js';
import { Judge, type MessageSpec, type Received } from './support/judge.js';
import type { Server } from './support/launch.js';
import {
  type Config,
  endpoints,
  type Kind,
  kindUnderTest,
  scratch,
  startBroker,
  startNamesrv,
} from './support/servers.js';
import { allStored, createTopic, numbered, queue, readAll, readQueue, sortedBodies } from './support/steps.js';

type Ending = 'stop' | 'kill';

const CONFIG: Config = {
  enableLmq: 'true',
  enableMultiDispatch: 'true',
  enableConsumeQueueExt: 'true',
  enableCalcFilterBitMap: 'true',
  enablePropertyFilter: 'true',
  // Small enough for several files.
  mapperFileSizeBatchConsumeQueue: 460,
  mappedFileSizeConsumeQueueExt: 4096,
};
const BATCHES = 25;
const LIGHT = ['%LMQ%first', '%LMQ%second'] as const;
const TAGGED = 300;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

interface Written {
  readonly batchTopic: string;
  readonly lightTopic: string;
  readonly taggedTopic: string;
}

const batchOf = (topic: string, name: string): MessageSpec[] =>
  numbered(topic, 1 + (name.length % 3) + 1, (index) => ({ body: `${name}-${index}` }));

async function sendBatches({ producer }: Context, topic: string, name: string): Promise<void> {
  for (let i = 0; i < BATCHES; i++) allStored(await producer.send('batch', batchOf(topic, `${name}${i}`)));
}

async function sendLight({ producer }: Context, topic: string, name: string): Promise<void> {
  const messages = numbered(topic, 20, (index) => ({
    body: `${name}-${index}`,
    properties: { INNER_MULTI_DISPATCH: index % 2 === 0 ? LIGHT.join(',') : LIGHT[1] },
  }));
  allStored(await producer.send('sync', messages));
}

async function sendTagged({ producer }: Context, topic: string, name: string): Promise<void> {
  const messages = numbered(topic, TAGGED, (index) => ({
    body: `${name}-${index}`,
    tags: `tag-${index % 3}`,
    properties: { number: `${index}` },
  }));
  allStored(await producer.send('async', messages));
}

async function write(context: Context): Promise<Written> {
  const written = {
    batchTopic: await createTopic(context, 'batches', { queues: 1, attributes: { '+queue.type': 'BatchCQ' } }),
    lightTopic: await createTopic(context, 'parents', { queues: 2 }),
    taggedTopic: await createTopic(context, 'tagged', { queues: 1 }),
  };
  await sendAll(context, written, 'early');
  return written;
}

async function sendAll(context: Context, written: Written, name: string): Promise<void> {
  await sendBatches(context, written.batchTopic, name);
  await sendLight(context, written.lightTopic, name);
  await sendTagged(context, written.taggedTopic, name);
}

/** All that was sent under these names is there, each message once. */
async function check(context: Context, written: Written, names: readonly string[]): Promise<void> {
  const batches = await readAll(context, written.batchTopic);
  const sent = names.flatMap((name) =>
    Array.from({ length: BATCHES }, (_, i) => batchOf(written.batchTopic, `${name}${i}`)).flat(),
  );
  expect(batches.map(({ body }) => body)).toEqual(sent.map(({ body }) => body));
  expect(batches.map(({ queueOffset }) => queueOffset)).toEqual(sent.map((_, index) => index));

  const light = await Promise.all(LIGHT.map((topic) => readQueue(context.reader, queue(context, topic, 0), '*')));
  const indexes = Array.from({ length: 20 }, (_, index) => index);
  const bodies = (keep: (index: number) => boolean) =>
    names.flatMap((name) => indexes.filter(keep).map((index) => `${name}-${index}`));
  const bodiesOf = (messages: readonly Received[] | undefined) => messages?.map(({ body }) => body);
  expect(bodiesOf(light[0])).toEqual(bodies((index) => index % 2 === 0));
  expect(bodiesOf(light[1])).toEqual(bodies(() => true));

  const wanted = await readAll(context, written.taggedTopic, 'tag-1');
  const expected = names.flatMap((name) =>
    Array.from({ length: TAGGED / 3 }, (_, index) => `${name}-${3 * index + 1}`),
  );
  expect(sortedBodies(wanted)).toEqual([...expected].sort());
}

describe.skipIf(missing !== undefined)(`the kinds of queues${why}`, () => {
  const directory = scratch('queues');
  const storeDir = `${directory.path}/store`;
  const other: Kind = kindUnderTest === 'ours' ? 'reference' : 'ours';
  const nameOf = (kind: Kind) => (kind === 'ours' ? 'our broker' : 'the Java broker');
  let namesrv: Server;
  let judge: Judge | undefined;
  let written: Written;
  let broker: Server | undefined;

  beforeAll(async () => {
    namesrv = await startNamesrv(kindUnderTest, directory.path);
    judge = await Judge.start({ version: CLIENT_5 });
  });
  afterAll(async () => {
    await broker?.child.kill();
    await judge?.stop();
    await namesrv?.child.stop();
    directory.remove();
  });

  /** Runs one broker on the directory, with clients of its own for `use`. */
  async function serve(kind: Kind, ending: Ending, use: (context: Context) => Promise<void>): Promise<void> {
    broker = await startBroker(kind, { directory: directory.path, namesrv: namesrv.address, storeDir, config: CONFIG });
    const context = await contextOf(judge!, endpoints(kind, namesrv.address, broker.address));
    try {
      await use(context);
    } catch (failure) {
      throw new Error(`with the ${kind} broker: ${broker.child.output()}`, { cause: failure });
    } finally {
      await closeContext(context);
      await broker.child[ending]();
    }
  }

  test(`are served to Java clients by ${nameOf(kindUnderTest)}`, async () => {
    await serve(kindUnderTest, 'stop', async (context) => {
      written = await write(context);
      await check(context, written, ['early']);
    });
    expect(readdirSync(`${storeDir}/batchconsumequeue/${written.batchTopic}/0`).length).toBeGreaterThan(2);
    expect(existsSync(`${storeDir}/consumequeue_ext/${written.taggedTopic}/0/00000000000000004096`)).toBe(true);
  });

  test(`are found by ${nameOf(other)}, and go on there`, async () => {
    await serve(other, 'kill', async (context) => {
      await check(context, written, ['early']);
      await sendAll(context, written, 'late');
      await check(context, written, ['early', 'late']);
    });
  });

  test(`are found by ${nameOf(kindUnderTest)} again when ${nameOf(other)} was killed`, async () => {
    await serve(kindUnderTest, 'kill', async (context) => {
      await check(context, written, ['early', 'late']);
      await sendAll(context, written, 'last');
      await check(context, written, ['early', 'late', 'last']);
    });
  });

  test(`are found by ${nameOf(other)} when ${nameOf(kindUnderTest)} was killed`, async () => {
    await serve(other, 'kill', (context) => check(context, written, ['early', 'late', 'last']));
  });
});
