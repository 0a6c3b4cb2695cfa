import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Files } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStoreConfig } from './config.js';
import { readIndexHeader } from './index-header.js';
import type { MessageStore } from './message-store.js';
import { StoreCheckpoint } from './store-checkpoint.js';
import { openTestStore, parseRecord, putAndWait, readQueue, SMALL_FILES, testMessage } from './test-store.js';
import { unpack } from './test-tar.js';

interface Golden {
  readonly messages: readonly [number, number, string, number, number, string][];
  readonly consumeQueue: readonly { topic: string; queueId: number; entries: readonly number[][] }[];
  readonly index: readonly { file: string; header: Record<string, number>; entries: readonly number[][] }[];
  readonly indexHitsByKey: Readonly<Record<string, readonly number[]>>;
  readonly checkpoint: Readonly<Record<string, number>>;
}

interface Mutation {
  readonly op: 'zero' | 'xor' | 'delete' | 'truncate' | 'write';
  readonly path: string;
  readonly offset?: number;
  readonly length?: number;
  readonly value?: number;
}

interface RecoveryCase {
  readonly name: string;
  readonly mutations: readonly Mutation[];
  readonly expected: Readonly<Record<string, unknown>>;
}

const directory = new URL('./testdata/golden/', import.meta.url);
const readJson = <T>(name: string) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as T;

function unpacked(name: string): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL(`${name}.tar.gz`, directory), files, '/store');
  return files;
}

async function physicalOffsetsByKey(store: MessageStore, topicAndKey: string): Promise<number[]> {
  const [topic = '', key = ''] = topicAndKey.split('#');
  const request = { topic, key, maxCount: 64, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };
  const { records } = await store.query(request);
  return records.map((record) => Number(Buffer.from(record).readBigInt64BE(28)));
}

/** An entry that stands for those of which a slave never had the messages. */
const FILLER_BYTES = 0x7fffffff;
/** Stores of the reference, and what must be known to open them. */
const STORES: readonly [string, Partial<MessageStoreConfig>][] = [
  ['a', {}],
  ['b', {}],
  // Its messages stand in the log of DLedger, each behind a head of 48 bytes, which is passed over.
  ['e', { storePathCommitLog: '/store/dledger-n0/data' }],
  ['f', {}],
  ['f-slave', {}],
];

describe.each(STORES)('the golden store %s', (name, config) => {
  const golden = readJson<Golden>(`${name}.json`);

  test('every message of every queue is found, whole and in its place', async () => {
    const store = await openTestStore('/store', { files: unpacked(name), config });
    for (const { topic, queueId, entries } of golden.consumeQueue) {
      const messages = await readQueue(store, topic, queueId);
      expect(messages.map((message) => [message.queueOffset, message.physicalOffset, message.bytes.length])).toEqual(
        entries
          .filter(([, , size]) => size !== FILLER_BYTES)
          .map(([queueOffset, physicalOffset, size]) => [queueOffset, physicalOffset, size]),
      );
      expect(store.maxOffsetInQueue(topic, queueId)).toBe(entries.length);
    }
    expect(store.queues()).toHaveLength(golden.consumeQueue.length);
    await store.close();
  });

  test('every message is found by its place in the log, with its body', async () => {
    const store = await openTestStore('/store', { files: unpacked(name), config });
    for (const [physicalOffset, size, , , , bodyHash] of golden.messages) {
      const record = Buffer.from((await store.recordAt(physicalOffset))!);
      expect(record.length).toBe(size);
      expect(createHash('sha256').update(bodyOf(record)).digest('hex').slice(0, 16)).toBe(bodyHash);
    }
    await store.close();
  });

  test('the check point, and every entry of the index, say what the manifest says', () => {
    const files = unpacked(name);
    const checkpoint = StoreCheckpoint.open(files, '/store/checkpoint');
    expect(checkpoint).toMatchObject(golden.checkpoint);
    checkpoint.close();
    for (const { file, header, entries } of golden.index) {
      const path = `/store/index/${file}`;
      const handle = files.openSync(path, 'read');
      const { beginTimestamp, endTimestamp, beginPhyOffset, endPhyOffset, hashSlotCount, indexCount } = header;
      expect(readIndexHeader(handle)).toMatchObject({
        beginTimestamp,
        endTimestamp,
        beginPhysicalOffset: beginPhyOffset,
        endPhysicalOffset: endPhyOffset,
        usedSlots: hashSlotCount,
        nextEntry: indexCount,
      });
      handle.closeSync();
      const bytes = files.readFileSync(path);
      const found = entries.map(([number = 0]) => {
        const at = 40 + SMALL_FILES.maxHashSlotNum! * 4 + number * 20;
        const physicalOffset = Number(bytes.readBigInt64BE(at + 4));
        return [number, bytes.readInt32BE(at), physicalOffset, bytes.readInt32BE(at + 12), bytes.readInt32BE(at + 16)];
      });
      expect(found).toEqual(entries);
    }
  });

  test('every key is found in the index', async () => {
    const store = await openTestStore('/store', { files: unpacked(name), config });
    for (const [key, offsets] of Object.entries(golden.indexHitsByKey)) {
      expect({ key, offsets: await physicalOffsetsByKey(store, key) }).toEqual({
        key,
        offsets: [...offsets].sort((x, y) => x - y),
      });
    }
    await store.close();
  });

  test('new messages go behind the old ones, also after the next start', async () => {
    const files = unpacked(name);
    const store = await openTestStore('/store', { files, config });
    const { topic, queueId, entries } = golden.consumeQueue[0]!;
    const { result } = await putAndWait(store, testMessage({ topic, queueId, body: Buffer.from('new') }));
    expect(result?.queueOffset).toBe(entries.length);
    await store.close();
    const again = await openTestStore('/store', { files, config });
    const messages = await readQueue(again, topic, queueId);
    expect(messages).toHaveLength(entries.length + 1);
    expect(messages.at(-1)?.body).toBe('new');
    await again.close();
  });
});

test('a store of the reference that was opened and closed unused still has everything', async () => {
  const files = unpacked('a');
  for (let i = 0; i < 3; i++) await (await openTestStore('/store', { files })).close();
  const store = await openTestStore('/store', { files });
  for (const { topic, queueId, entries } of readJson<Golden>('a.json').consumeQueue) {
    expect(store.maxOffsetInQueue(topic, queueId)).toBe(entries.length);
  }
  await store.close();
});

describe.each(['a', 'f'])('files made by us from the same messages as those of store %s', (name) => {
  const golden = readJson<Golden>(`${name}.json`);

  test('consume queues and index that were deleted come back byte for byte', async () => {
    const original = unpacked(name);
    const files = unpacked(name);
    files.removeSync('/store/consumequeue');
    files.removeSync('/store/index');
    await (await openTestStore('/store', { files })).close();
    for (const { topic, queueId } of golden.consumeQueue) {
      const directory = `/store/consumequeue/${topic}/${queueId}`;
      expect(files.readdirSync(directory)).toEqual(original.readdirSync(directory));
      for (const file of files.readdirSync(directory)) {
        expect(files.readFileSync(`${directory}/${file}`).equals(original.readFileSync(`${directory}/${file}`))).toBe(
          true,
        );
      }
    }
    const index = files.readdirSync('/store/index').map((name) => files.readFileSync(`/store/index/${name}`));
    const expected = original.readdirSync('/store/index').map((name) => original.readFileSync(`/store/index/${name}`));
    expect(index.length).toBe(expected.length);
    for (const [i, content] of index.entries()) expect(content.equals(expected[i]!)).toBe(true);
  });

  test('the log is byte for byte the same when its messages are put again', async () => {
    const original = unpacked(name);
    const clock = new VirtualClock({ startMs: 1_795_248_420_000 });
    const files = new MemoryFiles();
    const log = (file: string, from: MemoryFiles) => from.readFileSync(`/store/commitlog/${file}`);
    const storeHost = log('00000000000000000000', original).subarray(64, 72);
    const store = await openTestStore('/store', { files, clock, storeHost });
    for (const [physicalOffset] of golden.messages) {
      const file = String(physicalOffset - (physicalOffset % 262_144)).padStart(20, '0');
      const { message, storeTimestamp } = parseRecord(log(file, original).subarray(physicalOffset % 262_144));
      clock.stepWallClock(storeTimestamp - clock.now());
      const { result } = await putAndWait(store, message);
      expect(result?.physicalOffset).toBe(physicalOffset);
    }
    await store.close();
    for (const file of original.readdirSync('/store/commitlog')) {
      expect(withoutFiller(log(file, files)).equals(withoutFiller(log(file, original)))).toBe(true);
    }
  });
});

describe('the damaged stores of the reference', () => {
  const golden = readJson<Golden>('b.json');
  const cases = readJson<RecoveryCase[]>('recovery.json');

  test.each(cases.map((each) => [each.name, each] as const))('%s: as the reference, or better', async (_, each) => {
    const files = unpacked('b');
    for (const mutation of each.mutations) mutate(files, mutation);
    const store = await openTestStore('/store', { files });
    const queues = each.expected['queues[topic,queueId,min,max]'] as [string, number, number, number][] | undefined;
    for (const [topic, queueId, , max] of queues ?? []) {
      expect(store.maxOffsetInQueue(topic, queueId), `${topic}/${queueId}`).toBeGreaterThanOrEqual(max);
      const messages = await readQueue(store, topic, queueId);
      for (const message of messages) expect(isGolden(golden, message), `${topic}/${queueId}`).toBe(true);
      expect(messages.length).toBeGreaterThanOrEqual(max);
    }
    for (const [name, hits] of Object.entries(each.expected)) {
      if (!name.startsWith('query ')) continue;
      const found = await physicalOffsetsByKey(store, name.slice('query '.length));
      expect(found.length, name).toBeGreaterThanOrEqual(hits as number);
    }
    await store.close();
  });
});

/** Clears what follows the size and magic of an end-of-file blank: it may be anything. */
function withoutFiller(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  for (let at = 0; at + 8 <= copy.length; ) {
    const size = copy.readInt32BE(at);
    if (copy.readInt32BE(at + 4) === (0xcbd43194 | 0)) copy.fill(0, at + 8);
    if (size <= 0) break;
    at += size;
  }
  return copy;
}

function isGolden(golden: Golden, message: { physicalOffset: number; bytes: Buffer }): boolean {
  const known = golden.messages.find(([physicalOffset]) => physicalOffset === message.physicalOffset);
  const hash = createHash('sha256').update(bodyOf(message.bytes)).digest('hex').slice(0, 16);
  return known !== undefined && known[5] === hash;
}

function bodyOf(record: Buffer): Buffer {
  const sysFlag = record.readInt32BE(36);
  const at = 48 + ((sysFlag & 0x10) === 0 ? 8 : 20) + 8 + ((sysFlag & 0x20) === 0 ? 8 : 20) + 12;
  return record.subarray(at + 4, at + 4 + record.readInt32BE(at));
}

function mutate(files: Files, mutation: Mutation): void {
  const path = `/store/${mutation.path}`;
  if (mutation.op === 'delete') {
    files.removeSync(path);
    files.unlinkSync(path);
    return;
  }
  const handle = files.openSync(path, 'readWrite');
  const offset = mutation.offset ?? 0;
  const rest = handle.sizeSync() - offset;
  if (mutation.op === 'zero') {
    const length = mutation.length === undefined || mutation.length < 0 ? rest : mutation.length;
    handle.writeSync(Buffer.alloc(length), 0, length, offset);
  } else if (mutation.op === 'xor') {
    const byte = Buffer.alloc(1);
    handle.readSync(byte, 0, 1, offset);
    byte[0] = byte[0]! ^ mutation.value!;
    handle.writeSync(byte, 0, 1, offset);
  } else throw new Error(`unknown mutation ${mutation.op}`);
  handle.closeSync();
}
