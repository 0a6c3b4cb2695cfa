// A store directory changes hands: what one server wrote, stopped or killed, the other starts on and serves whole.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Context } from './support/client-suite.js';
import { missing } from './support/java.js';
import { eventually, type MessageSpec, type Received, type Sent } from './support/judge.js';
import { type Ending, relay } from './support/relay.js';
import { type Kind, kindUnderTest } from './support/servers.js';
import { allStored, createTopic, expectContent, expectSame, numbered, readAll, unlessThrown } from './support/steps.js';

interface Handover {
  readonly writer: Kind;
  readonly reader: Kind;
  readonly ending: Ending;
}

/** What was written before the directory changed hands. */
interface Written {
  readonly topic: string;
  readonly batchTopic: string;
  readonly group: string;
  readonly messages: readonly MessageSpec[];
  readonly results: readonly Sent[];
  readonly batch: readonly MessageSpec[];
}

const COUNT = 300;
const isSome = (count: number) => count > 0;
const CONSUMED = 100;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';
const handovers: Handover[] = [
  { writer: kindUnderTest, reader: 'reference', ending: 'stop' },
  { writer: kindUnderTest, reader: 'reference', ending: 'kill' },
  { writer: 'reference', reader: kindUnderTest, ending: 'stop' },
  { writer: 'reference', reader: kindUnderTest, ending: 'kill' },
];

/** Messages of every shape: small, compressed, large, with unicode, with and without tags and keys. */
function mixed(topic: string): MessageSpec[] {
  return numbered(topic, COUNT, (index) => ({
    keys: `key-${index} ключ-${index % 10}`,
    ...(index % 3 === 0 ? { tags: `tag-${index % 2}` } : {}),
    ...(index % 50 === 7 ? { pattern: { seed: index, size: 20_000, step: 64 } } : {}),
    ...(index % 100 === 11 ? { pattern: { seed: index, size: 700_000, step: 1 } } : {}),
    properties: { index: `${index}`, имя: 'значение' },
  }));
}

async function write(context: Context): Promise<Written> {
  const { producer, judge, namesrv, name } = context;
  const [topic, batchTopic] = [await createTopic(context, 'mixed'), await createTopic(context, 'batches')];
  const group = name('readers');
  const messages = mixed(topic);
  const early = allStored(await producer.send('async', messages.slice(0, CONSUMED)));
  const consumer = await judge.push({ namesrv, group, subscribe: { [topic]: '*' } });
  await consumer.received(CONSUMED);
  await consumer.stop();
  const late = allStored(await producer.send('async', messages.slice(CONSUMED)));
  const batch = numbered(batchTopic, 64);
  allStored(await producer.send('batch', batch));
  return { topic, batchTopic, group, messages, results: [...early, ...late], batch };
}

async function checkMessages(context: Context, written: Written): Promise<void> {
  expectSame(written.messages, written.results, await readAll(context, written.topic));
  const batch = await readAll(context, written.batchTopic);
  expect(batch.map((message) => message.queueOffset)).toEqual(written.batch.map((_, index) => index));
  written.batch.forEach((spec, index) => {
    const message = batch[index];
    if (message) expectContent(spec, message);
  });
}

async function checkQueries(context: Context, written: Written): Promise<void> {
  const { producer } = context;
  const query = (key: string) =>
    producer
      .call<{ messageList: Received[] }>('queryMessage', written.topic, key, 64, 0, Date.now() + 60_000)
      .catch(unlessThrown);
  const shared = await eventually(
    () => query('ключ-3'),
    (found) => found?.messageList.length === COUNT / 10,
  );
  for (const message of shared?.messageList ?? []) expect(message.keys).toMatch(/ ключ-3$/);
  for (const index of [0, 7, 11, COUNT - 1]) {
    const found = await query(`key-${index}`);
    expect(found?.messageList.map((message) => message.msgId)).toEqual([written.results[index]?.msgId]);
    const { msgId, offsetMsgId } = written.results[index] ?? {};
    const byId = await producer.call<Received>('viewMessage', written.topic, msgId);
    const spec = written.messages[index];
    if (spec) expectContent(spec, byId);
    // The id names the address that stored the message, where nobody is now: only its offset counts.
    expect(byId.commitLogOffset).toBe(Number.parseInt(offsetMsgId?.slice(16) ?? '', 16));
  }
}

/** The group goes on behind what it had consumed; a kill may take back the last seconds of its progress. */
async function checkGroup(context: Context, written: Written, ending: Ending): Promise<void> {
  const { judge, namesrv } = context;
  await using consumer = await judge.push({ namesrv, group: written.group, subscribe: { [written.topic]: '*' } });
  const late = written.results.slice(CONSUMED).map((result) => result.msgId);
  const received = () => consumer.received(0, 0);
  const complete = (messages: readonly Received[]) => {
    const ids = new Set(messages.map((message) => message.msgId));
    return late.every((id) => ids.has(id));
  };
  await eventually(received, complete, 60_000);
  if (ending === 'stop') expect(await consumer.received(COUNT, 500)).toHaveLength(COUNT - CONSUMED);
}

/** New messages follow the old ones in every queue. */
async function checkGoesOn(context: Context, written: Written): Promise<void> {
  const more = numbered(written.topic, 20, (index) => ({ body: `more ${index}`, keys: `more-${index}` }));
  const results = allStored(await context.producer.send('sync', more));
  const all = await readAll(context, written.topic);
  expectSame([...written.messages, ...more], [...written.results, ...results], all);
  for (const queueId of [0, 1, 2, 3]) {
    const offsets = all.filter((message) => message.queueId === queueId).map((message) => message.queueOffset);
    expect(offsets).toEqual(offsets.map((_, index) => index));
  }
}

describe.skipIf(missing !== undefined)(`a store directory${why}`, { concurrent: true }, () => {
  const { path, serve } = relay('store');

  test.each(handovers)('written by $writer and ended by $ending is served by $reader', async (handover) => {
    const { writer, reader, ending } = handover;
    const storeDir = `${path}/${writer}-${reader}-${ending}`;
    const written = await serve({ kind: writer, storeDir, ending }, write);
    await serve({ kind: reader, storeDir, ending: 'kill' }, async (context) => {
      await checkMessages(context, written);
      await checkQueries(context, written);
      await checkGroup(context, written, ending);
      await checkGoesOn(context, written);
    });
    // And back again, where it came from; not to the Java broker, which takes its time.
    if (writer === 'ours')
      await serve({ kind: writer, storeDir, ending: 'stop' }, (context) => checkQueries(context, written));
  });

  test.each(handovers.filter(({ writer, ending }) => (writer === 'reference') === (ending === 'kill')))(
    'with a log in two directories, written by $writer and ended by $ending, is served by $reader, for which one of them is for reading only',
    async ({ writer, reader, ending }) => {
      const storeDir = `${path}/directories-${writer}-${reader}`;
      const [first, second] = [join(storeDir, 'log-a'), join(storeDir, 'log-b')];
      const config = { storePathCommitLog: `${first},${second}`, mappedFileSizeCommitLog: 1 << 20 };
      const written = await serve({ kind: writer, storeDir, ending, config }, write);
      const before = readdirSync(first).sort();
      expect([before.length, readdirSync(second).length]).toEqual([expect.toSatisfy(isSome), expect.toSatisfy(isSome)]);
      const readOnly = { ...config, readOnlyCommitLogStorePaths: first };
      await serve({ kind: reader, storeDir, ending: 'kill', config: readOnly }, async (context) => {
        await checkMessages(context, written);
        await checkGoesOn(context, written);
        allStored(await context.producer.send('async', mixed(await createTopic(context, 'more'))));
      });
      // A file that was made ahead of its use may go.
      expect(before).toEqual(expect.arrayContaining(readdirSync(first)));
      if (writer !== 'ours') return;
      const found = await serve({ kind: writer, storeDir, ending: 'stop', config }, (context) =>
        readAll(context, written.topic),
      );
      expect(found).toHaveLength(written.messages.length + 20);
    },
  );
});
