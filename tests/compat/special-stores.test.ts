// Compaction topics and consume queues in RocksDB change hands: what one broker wrote, the other serves and goes on with.
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Context } from './support/client-suite.js';
import { missing } from './support/java.js';
import { eventually, type MessageSpec, type Received } from './support/judge.js';
import { type Ending, relay } from './support/relay.js';
import { type Config, type Kind, kindUnderTest } from './support/servers.js';
import { allStored, createTopic, createTopicNamed, expectSame, numbered, readAll } from './support/steps.js';

const COUNT = 300;
const KEYS = 10;
const COMPACTION: Config = {
  compactionCqMappedFileSize: 46 * 50,
  compactionMappedFileSize: 46 * 50 * 8,
  compactionScheduleInternal: 1500,
};
/** The library that our broker has cannot read files that the reference has compressed. */
const UNCOMPRESSED: Config = { rocksdbCompressionType: 'none', bottomMostCompressionTypeForConsumeQueueStore: 'none' };
const ROCKSDB: Config = { storeType: 'defaultRocksDB', ...UNCOMPRESSED };
const hasRocksDB = existsSync(new URL('../../node_modules/rocksdb-native', import.meta.url));
const why = missing ? ` (skipped: ${missing} is not installed)` : '';
const directions: { writer: Kind; reader: Kind; ending: Ending }[] = [
  { writer: kindUnderTest, reader: 'reference', ending: 'kill' },
  { writer: 'reference', reader: kindUnderTest, ending: 'kill' },
];

/** Of each key the newest message is there, everything has the offset that it was sent with, and some messages are gone. */
function expectCompacted(sent: readonly MessageSpec[], left: readonly Received[]): void {
  expect(left.length).toBeLessThan(sent.length);
  const newest = new Map(sent.map(({ keys, body }) => [keys, body]));
  const found = new Map<string | undefined, string | undefined>();
  let last = -1;
  for (const { queueOffset, body, keys } of left) {
    expect(queueOffset).toBeGreaterThan(last);
    expect(body).toBe(sent[queueOffset]?.body);
    found.set(keys, body);
    last = queueOffset;
  }
  expect(found).toEqual(newest);
}

describe.skipIf(missing !== undefined)(`a store directory with special queues${why}`, { concurrent: true }, () => {
  const { path, serve } = relay('special');

  /** Sends messages with a few keys, and waits until a compaction has made some superfluous. */
  async function sendAndCompact(
    context: Context,
    topic: string,
    before: readonly MessageSpec[],
  ): Promise<MessageSpec[]> {
    const more = numbered(topic, COUNT, (index) => ({ keys: `key-${index % KEYS}`, body: `${before.length + index}` }));
    allStored(await context.producer.send('sync', more));
    const sent = [...before, ...more];
    const left = await eventually(
      () => readAll(context, topic),
      (messages) => messages.length < before.length / 2 + COUNT / 2 && messages.at(-1)?.body === more.at(-1)?.body,
      60_000,
    );
    expectCompacted(sent, left);
    return sent;
  }

  test.each(directions)(
    'a compaction topic written by $writer is served and compacted by $reader',
    async (direction) => {
      const { writer, reader, ending } = direction;
      const storeDir = `${path}/compaction-${writer}-${reader}`;
      const written = await serve({ kind: writer, storeDir, config: COMPACTION, ending }, async (context) => {
        const attributes = { '+cleanup.policy': 'COMPACTION' };
        const topic = await createTopic(context, 'compacted', { queues: 1, attributes });
        return { topic, sent: await sendAndCompact(context, topic, []) };
      });
      await serve({ kind: reader, storeDir, config: COMPACTION, ending: 'kill' }, async (context) => {
        // After a kill all that was not surely durable may be copied anew: it takes another compaction then.
        const left = await eventually(
          () => readAll(context, written.topic),
          (messages) => messages.length < written.sent.length,
          60_000,
        );
        expectCompacted(written.sent, left);
        await sendAndCompact(context, written.topic, written.sent);
      });
    },
  );

  test.skipIf(!hasRocksDB).each(directions)(
    'consume queues in RocksDB written by $writer are read by $reader',
    async ({ writer, reader }) => {
      const storeDir = `${path}/rocksdb-${writer}-${reader}`;
      const written = await serve({ kind: writer, storeDir, config: ROCKSDB, ending: 'stop' }, async (context) => {
        const topic = await createTopic(context, 'rocks');
        const messages = numbered(topic, COUNT);
        return { topic, messages, results: allStored(await context.producer.send('async', messages)) };
      });
      await serve({ kind: reader, storeDir, config: ROCKSDB, ending: 'kill' }, async (context) => {
        const { topic, messages, results } = written;
        // With RocksDB the reference keeps its topics there, too.
        if (writer === 'reference') await createTopicNamed(context, topic);
        expectSame(messages, results, await readAll(context, topic));
        const more = numbered(topic, 20, (index) => ({ body: `more ${index}`, keys: `more-${index}` }));
        const moreResults = allStored(await context.producer.send('sync', more));
        expectSame([...messages, ...more], [...results, ...moreResults], await readAll(context, topic));
      });
      // Nothing had to be made again.
      const damaged = `${storeDir}/damaged`;
      expect(existsSync(damaged) ? readdirSync(damaged) : []).toEqual([]);
    },
  );
});
