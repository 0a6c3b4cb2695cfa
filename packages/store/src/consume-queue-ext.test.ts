import type { CqExtUnit, MessageFilter } from '@rocketmq-ts/filter';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readExtPlace, readExtUnit, writeExtPlace, writeExtUnit } from './ext-unit.js';
import type { MessageStore } from './message-store.js';
import { openTestStore, putAndWait, recordsOf, testMessage } from './test-store.js';

const QUEUE = '/store/consumequeue/TopicTest/0';
const EXT = '/store/consumequeue_ext/TopicTest/0';
const FIRST = '00000000000000000000';
/** Small enough for a few units in a file. */
const config = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 200 };

interface OpenOptions {
  readonly bitMap?: Uint8Array;
  readonly clock?: VirtualClock;
}

/** Keeps nothing in memory that is read again after a restart. */
function open(files: MemoryFiles, { bitMap, clock = new VirtualClock() }: OpenOptions = {}): Promise<MessageStore> {
  const filterBitMapOf = () => bitMap;
  return openTestStore('/store', { files, clock, config, filterBitMapOf });
}

/** The hash of one character is its code: that of the tag of message `i` is 100 + i. */
const tagOf = (i: number) => String.fromCharCode(100 + i);

async function fill(store: MessageStore, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const properties = `TAGS\u0001${tagOf(i)}\u0002`;
    await putAndWait(store, testMessage({ tagsCode: 100 + i, properties, body: Buffer.from(`m${i}`) }));
  }
}

/** Remembers what it was asked, and lets pass what it is told to. */
class SpyFilter implements MessageFilter {
  readonly tagsCodes: (number | undefined)[] = [];
  readonly units: (CqExtUnit | undefined)[] = [];

  constructor(readonly isWanted: (tagsCode: number | undefined) => boolean = () => true) {}

  isMatchedByConsumeQueue(tagsCode: number | undefined, unit?: CqExtUnit): boolean {
    this.tagsCodes.push(tagsCode);
    this.units.push(unit === undefined ? undefined : { ...unit, filterBitMap: unit.filterBitMap?.slice() });
    return this.isWanted(tagsCode);
  }

  isMatchedByCommitLog(): boolean {
    return true;
  }
}

async function read(store: MessageStore, filter: MessageFilter): Promise<string[]> {
  const bodies: string[] = [];
  for (let offset = 0; offset < store.maxOffsetInQueue('TopicTest', 0); ) {
    const result = await store.get({ topic: 'TopicTest', queueId: 0, offset, maxMessages: 32, filter });
    bodies.push(...recordsOf(result).map(({ body }) => body));
    if (result.nextBeginOffset <= offset) break;
    offset = result.nextBeginOffset;
  }
  return bodies;
}

const damage = (files: MemoryFiles, path: string, at: number, bytes: number[]) => {
  const handle = files.openSync(path, 'readWrite');
  handle.writeSync(Uint8Array.from(bytes), 0, bytes.length, at);
  handle.closeSync();
};

describe('a queue with extension files', () => {
  test('refers to units of the reference’s layout', async () => {
    const files = new MemoryFiles();
    const store = await open(files, { bitMap: Uint8Array.of(1, 2, 3) });
    await fill(store, 2);
    await store.close();
    const queue = files.readFileSync(`${QUEUE}/${FIRST}`);
    expect([queue.readBigInt64BE(12), queue.readBigInt64BE(32)]).toEqual([-(2n ** 63n), -(2n ** 63n) + 23n]);
    const ext = files.readFileSync(`${EXT}/${FIRST}`);
    expect([ext.readInt16BE(0), ext.readBigInt64BE(2), ext.readInt16BE(18), ...ext.subarray(20, 23)]).toEqual([
      23,
      100n,
      3,
      1,
      2,
      3,
    ]);
    expect(ext.length).toBe(200);
  });

  test('filters by the units when it is read from its files', async () => {
    const files = new MemoryFiles();
    let store = await open(files, { bitMap: Uint8Array.of(7) });
    await fill(store, 40);
    await store.close();
    store = await open(files);
    const filter = new SpyFilter((tagsCode) => tagsCode === 133);
    expect(await read(store, filter)).toEqual(['m33']);
    expect(filter.tagsCodes).toEqual(Array.from({ length: 40 }, (_, i) => 100 + i));
    expect(filter.units.map((unit) => [...(unit?.filterBitMap ?? [])])).toEqual(Array.from({ length: 40 }, () => [7]));
    expect(await store.queueEntries('TopicTest', 0, 5, 1)).toMatchObject([{ queueOffset: 5, tagsCode: 105 }]);
    await store.close();
    // Nine units of 21 bytes in each file, behind them the mark that there are no more.
    expect(files.readdirSync(EXT)).toHaveLength(5);
    expect(files.readFileSync(`${EXT}/${FIRST}`).readInt16BE(9 * 21)).toBe(-1);
  });

  test('goes on behind its last unit after a restart, and comes back when it was lost', async () => {
    const files = new MemoryFiles();
    for (let run = 0; run < 3; run++) {
      const store = await open(files);
      await fill(store, 7);
      await store.close();
    }
    const expected = files.readdirSync(EXT).map((name) => files.readFileSync(`${EXT}/${name}`).toString('hex'));
    expect(expected).toHaveLength(3);
    files.removeSync('/store/consumequeue');
    files.removeSync('/store/consumequeue_ext');
    await (await open(files)).close();
    expect(files.readdirSync(EXT).map((name) => files.readFileSync(`${EXT}/${name}`).toString('hex'))).toEqual(
      expected,
    );
  });

  test('lets messages pass whose units are lost or damaged, and does not give their places away again', async () => {
    const files = new MemoryFiles();
    let store = await open(files);
    await fill(store, 12);
    await store.close();
    damage(files, `${EXT}/${FIRST}`, 20, [0, 0]);
    files.removeSync(`${EXT}/00000000000000000200`);
    store = await open(files);
    await putAndWait(store, testMessage({ tagsCode: 999, body: Buffer.from('new') }));
    await store.close();
    store = await open(files);
    const filter = new SpyFilter((tagsCode) => tagsCode === undefined || tagsCode === 999);
    expect(await read(store, filter)).toEqual(['m1', 'm9', 'm10', 'm11', 'new']);
    await store.close();
  });

  test('can be read without the extension, then every message passes', async () => {
    const files = new MemoryFiles();
    let store = await open(files);
    await fill(store, 3);
    await store.close();
    store = await openTestStore('/store', { files });
    const filter = new SpyFilter((tagsCode) => tagsCode === undefined);
    expect(await read(store, filter)).toHaveLength(3);
    await store.close();
  });

  test('gives up its files with the entries that refer to them, and all with its topic', async () => {
    const clock = new VirtualClock();
    const files = new MemoryFiles({ clock });
    const store = await openTestStore('/store', { files, clock, config: { ...config, fileReservedTime: 1 } });
    for (let i = 0; i < 300; i++) await putAndWait(store, testMessage({ body: Buffer.alloc(3000) }));
    await clock.advance(61 * 60_000);
    const before = files.readdirSync(EXT).length;
    store.deleteExpiredFiles();
    await clock.advance(5000);
    const min = store.minOffsetInQueue('TopicTest', 0);
    expect(min).toBeGreaterThan(100);
    expect(files.readdirSync(EXT).length).toBeLessThan(before - 5);
    store.deleteTopics(['TopicTest']);
    expect(files.readdirSync('/store/consumequeue_ext')).toEqual([]);
    await store.close();
  });
});

describe('an extension unit', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(),
        fc.uint8Array({ maxLength: 64 }),
        (tagsCode, storeTimestamp, filterBitMap) => {
          const bytes = Buffer.alloc(100);
          writeExtUnit(bytes, 3, { tagsCode, storeTimestamp, filterBitMap });
          expect(readExtUnit(bytes, 3)).toEqual({
            sizeBytes: 20 + filterBitMap.length,
            tagsCode,
            msgStoreTime: storeTimestamp,
            filterBitMap: filterBitMap.length === 0 ? undefined : Buffer.from(filterBitMap),
          });
        },
      ),
    );
  });

  test('of any bytes is none, or within them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: -5, max: 90 }), (bytes, at) => {
        const unit = readExtUnit(bytes, at);
        if (unit !== undefined) expect(at + unit.sizeBytes).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  test('has a place that no tag hash can be taken for', () => {
    const bytes = Buffer.alloc(20);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (place) => {
        writeExtPlace(bytes, 0, place);
        expect(readExtPlace(bytes, 0)).toBe(place);
        expect(bytes.readBigInt64BE(12)).toBe(-(2n ** 63n) + BigInt(place));
      }),
    );
    fc.assert(
      fc.property(fc.integer(), (tagsCode) => {
        bytes.writeBigInt64BE(BigInt(tagsCode), 12);
        expect(readExtPlace(bytes, 0)).toBe(-1);
      }),
    );
  });
});
