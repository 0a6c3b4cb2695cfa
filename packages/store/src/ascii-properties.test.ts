import { AsciiText, findProperty } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PutMessage } from './api.js';
import type { MessageStoreConfig } from './config.js';
import { indexKeyOf, NO_KEY } from './index-key.js';
import { openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

const values = fc.stringMatching(/^[ -~]{1,40}$/);
const properties = fc
  .array(fc.tuple(fc.constantFrom('KEYS', 'TAGS', 'UNIQ_KEY', 'x', '__CRC32#'), values), { maxLength: 4 })
  .map((pairs) => pairs.map(([key, value]) => `${key}\u0001${value}\u0002`).join(''));

function keyOf(text: string | undefined): number {
  return text === undefined ? NO_KEY : indexKeyOf(text);
}

/** The same message with its properties as bytes; they are cut in two. */
function withAscii(message: PutMessage): PutMessage {
  const { properties: text, uniqKey, tags } = message;
  const middle = text.indexOf('\u0002') + 1;
  const own = AsciiText.of(text.slice(0, middle));
  const added = AsciiText.of(text.slice(middle));
  const ascii = { own, added, uniqKey: keyOf(uniqKey), tags: keyOf(tags) };
  return { ...message, ascii, properties: '', uniqKey: undefined, tags: undefined };
}

/** All that was stored, and what the index finds. */
async function stored(config: Partial<MessageStoreConfig>, messages: readonly PutMessage[], keys: readonly string[]) {
  const store = await openTestStore('/store', { files: new MemoryFiles(), clock: new VirtualClock(), config });
  const answers = [];
  for (const message of messages) answers.push((await putAndWait(store, message)).status);
  const records = (await readQueue(store, 'TopicTest', 0)).map(({ bytes }) => bytes.toString('latin1'));
  const found = [];
  for (const key of keys) {
    const hits = await store.query({
      topic: 'TopicTest',
      key,
      maxCount: 9,
      beginTimestamp: 0,
      endTimestamp: Number.MAX_SAFE_INTEGER,
    });
    found.push(hits.records.length);
  }
  const closed = store.close();
  await closed;
  return { answers, records, found };
}

test.each([
  ['plain', {}],
  ['guarded by a CRC', { enabledAppendPropCRC: true }],
  ['with light queues', { enableLmq: true, enableMultiDispatch: true }],
])('properties in bytes are stored and indexed as the same text is, %s', async (_name, config) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(properties, fc.nat(600)), { minLength: 1, maxLength: 5 }), async (all) => {
      const messages = all.map(([text, bodyBytes]) =>
        testMessage({
          properties: text,
          body: Buffer.alloc(bodyBytes, 'b'),
          keys: findProperty(text, 'KEYS'),
          uniqKey: findProperty(text, 'UNIQ_KEY'),
          tags: findProperty(text, 'TAGS'),
        }),
      );
      const keys = messages.flatMap(({ uniqKey = 'none', keys: words = 'none' }) => [uniqKey, words]);
      const expected = await stored(config, messages, keys);
      expect(await stored(config, messages.map(withAscii), keys)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

test('properties in bytes that are too long are refused', async () => {
  const store = await openTestStore('/store', { files: new MemoryFiles(), clock: new VirtualClock() });
  const long = withAscii(testMessage({ properties: `a\u0001b\u0002x\u0001${'y'.repeat(32_768)}` }));
  expect((await putAndWait(store, long)).status).toBe('PROPERTIES_SIZE_EXCEEDED');
  await store.close();
});
