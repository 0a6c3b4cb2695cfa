// Files that a store finds are not what they were: it starts, serves what is intact, never anything else, and goes on.
import { MemoryFiles } from '@rocketmq-ts/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';
import { unpack } from './test-tar.js';

const TOPIC = 'Ours';
const QUEUES = [0, 1, 2];

type Damage = (files: MemoryFiles) => void;
type Content = ReadonlyMap<string, string>;

function write(files: MemoryFiles, path: string, bytes: Uint8Array, at = 0): void {
  const handle = files.openSync(path, 'create');
  handle.writeSync(bytes, 0, bytes.length, at);
  handle.closeSync();
}

function resize(files: MemoryFiles, path: string, sizeBytes: number): void {
  const handle = files.openSync(path, 'readWrite');
  handle.truncateSync(sizeBytes);
  handle.closeSync();
}

function sizeOf(files: MemoryFiles, path: string): number {
  return files.statSync(path)?.sizeBytes ?? 0;
}

/** Deterministic nonsense. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[i] = x >> 16;
  }
  return bytes;
}

/** What can happen to any file. */
const FATES: Readonly<Record<string, (files: MemoryFiles, path: string) => void>> = {
  'is empty': (files, path) => resize(files, path, 0),
  'is cut in the middle': (files, path) => resize(files, path, sizeOf(files, path) >> 1),
  'is cut in an odd place': (files, path) => resize(files, path, Math.max(0, sizeOf(files, path) - 7)),
  'has a tail of zeros': (files, path) => {
    const from = sizeOf(files, path) >> 1;
    write(files, path, Buffer.alloc(sizeOf(files, path) - from), from);
  },
  'is all zeros': (files, path) => write(files, path, Buffer.alloc(sizeOf(files, path))),
  'is nonsense': (files, path) => write(files, path, noise(sizeOf(files, path))),
  'is all ones': (files, path) => write(files, path, Buffer.alloc(sizeOf(files, path), 0xff)),
  'is a directory': (files, path) => {
    files.unlinkSync(path);
    files.mkdirSync(path);
  },
  'is a directory with something in it': (files, path) => {
    files.unlinkSync(path);
    files.mkdirSync(path);
    write(files, `${path}/mine`, Buffer.from('mine'));
  },
  'is missing': (files, path) => files.unlinkSync(path),
};

/** Every message that is served, by its place. */
async function contentOf(files: MemoryFiles, messages: string[] = []): Promise<Content> {
  const logger = {
    debug() {},
    info() {},
    warn: (message: string) => void messages.push(message),
    error: (message: string) => void messages.push(message),
    child: () => logger,
  };
  const store = await openTestStore('/store', { files, logger: logger as never });
  const found = new Map<string, string>();
  for (const { topic, queueId } of store.queues()) {
    for (const { queueOffset, bytes } of await readQueue(store, topic, queueId)) {
      found.set(`${topic}-${queueId}-${queueOffset}`, bytes.toString('latin1'));
    }
  }
  const query = { topic: TOPIC, key: 'k7', maxCount: 8, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };
  for (const record of (await store.query(query)).records)
    expect(Buffer.from(record).toString('latin1')).toContain('k7');
  const { status, result } = await putAndWait(store, testMessage({ topic: 'After' }));
  expect(status).toBe('PUT_OK');
  expect(await readQueue(store, 'After', 0, result!.queueOffset)).toHaveLength(1);
  await store.close();
  const again = await openTestStore('/store', { files });
  expect(await readQueue(again, 'After', 0, result!.queueOffset)).toHaveLength(1);
  await again.close();
  return found;
}

async function ours(isClosed: boolean): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const store = await openTestStore('/store', { files });
  for (let i = 0; i < 300; i++) {
    const key = `k${i % 50}`;
    await putAndWait(
      store,
      testMessage({
        topic: TOPIC,
        queueId: i % QUEUES.length,
        keys: key,
        properties: `KEYS\u0001${key}\u0002`,
        body: Buffer.alloc(2000, `m${i} ${key} `),
      }),
    );
  }
  if (isClosed) await store.close();
  else files.crashProcess();
  return files;
}

function golden(name: string): MemoryFiles {
  const files = new MemoryFiles();
  unpack(new URL(`./testdata/golden/${name}.tar.gz`, import.meta.url), files, '/store');
  return files;
}

function copyOf(files: MemoryFiles): MemoryFiles {
  const copy = new MemoryFiles();
  const walk = (path: string): void => {
    copy.mkdirSync(path);
    for (const name of files.readdirSync(path)) {
      const child = `${path}/${name}`;
      if (files.statSync(child)!.isDirectory) walk(child);
      else write(copy, child, files.readFileSync(child));
    }
  };
  walk('/store');
  return copy;
}

function filesBelow(files: MemoryFiles, path: string): string[] {
  if (files.statSync(path) === undefined) return [];
  if (!files.statSync(path)!.isDirectory) return [path];
  return files.readdirSync(path).flatMap((name) => filesBelow(files, `${path}/${name}`));
}

/** Kinds of files, one of each; what is lost with it at most: nothing, that file's entries, or its messages. */
const KINDS: readonly [string, 'nothing' | 'entries' | 'messages'][] = [
  ['checkpoint', 'nothing'],
  ['abort', 'nothing'],
  ['consumequeue.manifest', 'nothing'],
  ['index', 'nothing'],
  ['consumequeue', 'entries'],
  ['commitlog', 'messages'],
];

const stores: Readonly<Record<string, () => Promise<MemoryFiles>>> = {
  'ours, closed': () => ours(true),
  'ours, killed': () => ours(false),
  "the reference's, closed": () => Promise.resolve(golden('a')),
  "the reference's, killed": () => Promise.resolve(golden('b')),
};

describe.each(Object.entries(stores))('of a store that is %s', (which, make) => {
  let whole: Content;
  let original: MemoryFiles;
  beforeAll(async () => {
    original = await make();
    whole = await contentOf(copyOf(original));
  }, 60_000);

  const mustHold = async (damage: Damage, losable: boolean) => {
    const files = copyOf(original);
    damage(files);
    const served = await contentOf(files);
    for (const [place, record] of served) if (!place.startsWith('After')) expect(record, place).toBe(whole.get(place));
    const lost = [...whole.keys()].filter((place) => !place.startsWith('After') && !served.has(place));
    if (!losable) expect(lost).toEqual([]);
  };

  describe.each(KINDS)('a file of %s', (kind, cost) => {
    test.each(Object.keys(FATES))('that %s costs no more than it held', async (fate) => {
      const paths = filesBelow(original, `/store/${kind}`);
      // The first, and the newest.
      for (const path of new Set([paths[0], paths.at(-1)])) {
        if (path === undefined) continue;
        // A queue that the reference has left, and of which no manifest speaks, has what its files have.
        const losable = cost === 'messages' || (cost === 'entries' && which === "the reference's, closed");
        await mustHold((files) => FATES[fate]!(files, path), losable);
      }
    });
  });
});
