import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFiles, readDescriptorSync } from '@rocketmq-ts/common';
import { parseSubscription, TagFilter } from '@rocketmq-ts/filter';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GetRequest } from './api.js';
import { BlockMemory } from './block-memory.js';
import { BlockSlots } from './block-slots.js';
import type { MessageStore } from './message-store.js';
import { type BlockReader, judgeRecords } from './record-judge.js';
import { javaHash } from './record-layout.js';
import { openTestStore, putAndWait, SMALL_FILES, testMessage } from './test-store.js';

const BLOCK_BYTES = SMALL_FILES.mappedFileSizeCommitLog!;
const QUEUES = 4;
const MESSAGES = 900;
const TAGS = ['red', 'green'];

/** Does on this thread what the thread that reads the log does. */
class BlockReaderHere implements BlockReader {
  readonly #slots = new BlockSlots(40, BLOCK_BYTES);
  readonly #block = new BlockMemory(this.#slots.memory, BLOCK_BYTES);
  blocks = 0;

  read({ descriptor, position, sizeBytes, physicalOffset }: Parameters<BlockReader['read']>[0]) {
    const slot = this.#slots.take();
    if (slot === undefined || sizeBytes !== BLOCK_BYTES) return undefined;
    this.blocks++;
    this.#block.slot = slot.index;
    readDescriptorSync(descriptor, this.#block.bytes, 0, sizeBytes, position);
    const records = judgeRecords(this.#block, physicalOffset);
    return Promise.resolve({ bytes: slot.use(), records, slot });
  }
}

let root: string;
let random: SeededRandom;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'judged-'));
  random = new SeededRandom(21);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Messages of several queues and topics, mostly in turn, of different lengths. */
async function fill(): Promise<void> {
  const store = await openTestStore(root, { files: new NodeFiles() });
  for (let i = 0; i < MESSAGES; i++) {
    const tag = TAGS[random.nextInt(2)]!;
    await putAndWait(
      store,
      testMessage({
        topic: random.nextInt(10) === 0 ? 'Another' : 'TopicTest',
        queueId: random.nextInt(5) === 0 ? random.nextInt(QUEUES) : i % QUEUES,
        body: Buffer.alloc(random.nextInt(20) === 0 ? 20_000 : 1 + random.nextInt(2000), `body ${i} `),
        properties: `TAGS\u0001${tag}\u0002`,
        tagsCode: javaHash(tag),
      }),
    );
  }
  await store.close();
}

function someRequest(): GetRequest {
  const topic = random.nextInt(8) === 0 ? 'Another' : 'TopicTest';
  const filter = new TagFilter(parseSubscription(topic, random.nextInt(3) === 0 ? 'red' : '*', 'TAG', 1));
  return {
    topic,
    queueId: random.nextInt(QUEUES),
    offset: random.nextInt(220),
    maxMessages: 1 + random.nextInt(40),
    maxBytes: random.nextInt(4) === 0 ? random.nextInt(30_000) : undefined,
    filter: random.nextInt(4) === 0 ? undefined : filter,
  };
}

/** The answer, compared by what a consumer and its offsets see. */
async function answerOf(store: MessageStore, request: GetRequest) {
  const { bodyChunks, lenders, ...rest } = await store.get(request);
  expect(lenders).toHaveLength(bodyChunks.length);
  return { ...rest, body: Buffer.concat(bodyChunks).toString('latin1') };
}

/** Opens the store, asks, and closes it. */
async function answers(requests: readonly GetRequest[], blockReader?: BlockReader) {
  const store = await openTestStore(root, { files: new NodeFiles(), blockReader });
  const all = [];
  for (const request of requests) all.push(await answerOf(store, request));
  await store.close();
  return all;
}

async function compare(): Promise<void> {
  const requests = Array.from({ length: 600 }, someRequest);
  const blockReader = new BlockReaderHere();
  const judged = await answers(requests, blockReader);
  expect(blockReader.blocks).toBeGreaterThan(0);
  expect(judged).toEqual(await answers(requests));
}

test('What is read from judged blocks is what is read without', async () => {
  await fill();
  await compare();
});

test('What is read from judged blocks is what is read without, however damaged the log is', async () => {
  await fill();
  for (let file = 0; file < 3; file++) {
    const path = join(root, 'commitlog', String(file * BLOCK_BYTES).padStart(20, '0'));
    const bytes = readFileSync(path);
    for (let n = 0; n < 12; n++) bytes[random.nextInt(bytes.length)]! ^= 1 << random.nextInt(8);
    writeFileSync(path, bytes);
  }
  await compare();
});
