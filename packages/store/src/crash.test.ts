import { FaultyFiles, forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { batchBody, openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

/** What producers were told: body by topic, queue and offset. */
type Acknowledged = Map<string, string>;

const QUEUES = 3;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Puts messages in random turns until the count is reached or the files crash. */
async function load(store: MessageStore, random: SeededRandom, acknowledged: Acknowledged, run: number): Promise<void> {
  const turns = 5 + random.nextInt(20);
  for (let i = 0; i < turns; i++) {
    const perTurn = 1 + random.nextInt(12);
    for (let j = 0; j < perTurn; j++) putOne(store, random, acknowledged, `${run}-${i}-${j}`);
    await turn();
    await turn();
  }
}

function putOne(store: MessageStore, random: SeededRandom, acknowledged: Acknowledged, name: string): void {
  const queueId = random.nextInt(QUEUES);
  const sizes = [0, 20, 500, 4000, 30_000];
  const filler = random.nextInt(4) === 0 ? 'z' : '\0';
  const bodies =
    random.nextInt(8) === 0 ? [`${name}-a`, `${name}-b`] : [name + filler.repeat(sizes[random.nextInt(5)]!)];
  const waiter = {
    putDone(status: string, result: { queueOffset: number } | undefined) {
      if (status !== 'PUT_OK') return;
      for (const [i, body] of bodies.entries()) acknowledged.set(`${queueId}/${result!.queueOffset + i}`, body);
    },
  };
  if (bodies.length > 1) store.putBatch(testMessage({ queueId, body: batchBody(bodies) }), waiter);
  else store.put(testMessage({ queueId, body: Buffer.from(bodies[0]!), keys: name, tags: 'T' }), waiter);
}

/**
 * Every acknowledged message is there, nothing else is damaged, offsets have no
 * gap. Answers all that is there, acknowledged or not.
 */
async function check(store: MessageStore, acknowledged: Acknowledged): Promise<Acknowledged> {
  const found: Acknowledged = new Map();
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    const messages = await readQueue(store, 'TopicTest', queueId);
    expect(messages.map((message) => message.queueOffset)).toEqual(messages.map((_, i) => i));
    expect(store.maxOffsetInQueue('TopicTest', queueId)).toBe(messages.length);
    for (const { queueOffset, body } of messages) found.set(`${queueId}/${queueOffset}`, body);
  }
  const lost = [...acknowledged].filter(([place, body]) => found.get(place) !== body);
  expect(lost.map(([place, { length }]) => ({ place, length, found: found.get(place)?.length }))).toEqual([]);
  return found;
}

async function runAndCrash(
  memory: MemoryFiles,
  random: SeededRandom,
  options: { sync: boolean; acknowledged: Acknowledged; run: number },
) {
  const files = new FaultyFiles(memory);
  files.crashAt(20 + random.nextInt(150), random);
  const clock = new VirtualClock();
  const config = { flushDiskType: options.sync ? 'SYNC_FLUSH' : 'ASYNC_FLUSH' } as const;
  try {
    const store = await openTestStore('/store', { files, clock, config });
    await load(store, random, options.acknowledged, options.run);
    if (random.nextInt(2) === 0) await clock.advance(random.nextInt(70_000));
    await load(store, random, options.acknowledged, options.run + 0.5);
  } catch (error) {
    if (!files.crashed) throw error;
  }
  return files.crashed;
}

/** Hundreds of stores, on a machine that is busy with other things. */
const timeout = 60_000;

describe('crashes', { timeout }, () => {
  test('a killed process loses nothing that was acknowledged, with either flush', async () => {
    await forEachSeed({ count: 15 }, async (random) => {
      const memory = new MemoryFiles();
      let acknowledged: Acknowledged = new Map();
      const sync = random.nextInt(2) === 0;
      for (let run = 0; run < 3; run++) {
        await runAndCrash(memory, random, { sync, acknowledged, run });
        memory.crashProcess();
        const store = await openTestStore('/store', { files: memory, clock: new VirtualClock() });
        // What is there from now on stays, also what nobody was told of.
        acknowledged = await check(store, acknowledged);
        if (random.nextInt(2) === 0) await store.close();
        memory.crashProcess();
      }
    });
  });

  test('a power cut loses nothing that was acknowledged with SYNC_FLUSH', async () => {
    await forEachSeed({ count: 15 }, async (random) => {
      const memory = new MemoryFiles();
      const acknowledged: Acknowledged = new Map();
      await runAndCrash(memory, random, { sync: true, acknowledged, run: 0 });
      memory.crash(random.nextInt(1_000_000));
      const store = await openTestStore('/store', { files: memory, clock: new VirtualClock() });
      await check(store, acknowledged);
      await store.close();
    });
  });

  test('a power cut takes no queue of another topic when one was deleted before the next check point', async () => {
    await forEachSeed({ count: 60 }, async (random) => {
      const memory = new MemoryFiles();
      const clock = new VirtualClock();
      const store = await openTestStore('/store', { files: memory, clock });
      for (let i = 0; i < 5; i++) await putAndWait(store, testMessage({ queueId: i % 2, keys: 'k' }));
      await putAndWait(store, testMessage({ topic: 'Gone', keys: 'k' }));
      // Until the check point has been made.
      await clock.advance(70_000);
      await store.flush();
      if (random.chance(0.5)) expect(store.deleteTopics(['Gone', 'NeverMade'])).toBe(1);
      else expect(store.cleanUnusedTopics(new Set(['TopicTest']))).toBe(1);
      memory.crash(random.nextInt(2 ** 31));
      const again = await openTestStore('/store', { files: memory, clock: new VirtualClock() });
      expect(await readQueue(again, 'TopicTest', 0)).toHaveLength(3);
      expect(await readQueue(again, 'TopicTest', 1)).toHaveLength(2);
    });
  });

  test('queues that are made again survive any number of ends before the next check point', async () => {
    await forEachSeed({ count: 40 }, async (random) => {
      const memory = new MemoryFiles();
      const config = { mappedFileSizeConsumeQueue: 200 };
      const store = await openTestStore('/store', { files: memory, clock: new VirtualClock(), config });
      for (let i = 0; i < 50; i++) await putAndWait(store, testMessage({ queueId: i % 2, keys: 'k' }));
      await store.close();
      memory.removeSync('/store/consumequeue/TopicTest');
      for (let start = 0; start < 3; start++) {
        const clock = new VirtualClock();
        const files = new FaultyFiles(memory);
        const again = await openTestStore('/store', { files, clock, config });
        for (const queueId of [0, 1]) expect(await readQueue(again, 'TopicTest', queueId)).toHaveLength(25);
        // Somewhere in the first check point.
        files.crashAt(files.operations + 1 + random.nextInt(30), random);
        await clock.advance(70_000);
        if (random.chance(0.5)) memory.crash(random.nextInt(2 ** 31));
        else memory.crashProcess();
      }
    });
  });

  test('a power cut with ASYNC_FLUSH leaves a beginning of what was put, whole and without gaps', async () => {
    await forEachSeed({ count: 15 }, async (random) => {
      const memory = new MemoryFiles();
      await runAndCrash(memory, random, { sync: false, acknowledged: new Map(), run: 0 });
      memory.crash(random.nextInt(1_000_000));
      const store = await openTestStore('/store', { files: memory, clock: new VirtualClock() });
      await check(store, new Map());
      const { result } = await putAndWait(store, testMessage({ body: Buffer.from('after') }));
      expect(result).toBeDefined();
      await store.close();
    });
  });
});

describe('a log that was cut', { timeout }, () => {
  test('at any byte of its last record: everything before is there, and it is said what was dropped', async () => {
    const memory = new MemoryFiles();
    const store = await openTestStore('/store', { files: memory, clock: new VirtualClock() });
    await putAndWait(store, testMessage({ body: Buffer.from('first') }));
    const { result } = await putAndWait(
      store,
      testMessage({ body: Buffer.from('last message'), properties: 'KEYS\u0001k\u0002' }),
    );
    memory.crashProcess();
    const path = '/store/commitlog/00000000000000000000';
    const log = memory.readFileSync(path);
    const { physicalOffset, sizeBytes } = result!;
    for (let cut = 0; cut < sizeBytes; cut++) {
      const files = new MemoryFiles();
      files.mkdirSync('/store/commitlog');
      files.openSync('/store/abort', 'create').closeSync();
      const handle = files.openSync(path, 'create');
      handle.writeSync(log, 0, physicalOffset + cut, 0);
      handle.truncateSync(log.length);
      handle.closeSync();
      const again = await openTestStore('/store', { files, clock: new VirtualClock() });
      const messages = await readQueue(again, 'TopicTest', 0);
      expect(messages.map((message) => message.body)).toEqual(['first']);
      expect(again.maxPhysicalOffset).toBe(physicalOffset);
      await again.close();
    }
  });
});
