// Offsets that were given are not given again, whatever a power cut takes of the queues.
import type { Files } from '@rocketmq-ts/common';
import { MessageSysFlag, silentLogger } from '@rocketmq-ts/common';
import { FaultyFiles, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { repairStore } from './offline/repair.js';
import { verifyStore } from './offline/verify.js';
import { batchAttributes, batchBody, openTestStore, putAndWait, readQueue, testMessage } from './test-store.js';

const HOUR_MS = 3_600_000;
const QUEUES = ['TopicA', 'TopicB', 'BatchTopic'];
const TOPICS = { TopicA: {}, TopicB: {}, Filler: {}, BatchTopic: { attributes: { '+queue.type': 'BatchCQ' } } };

function message(topic: string) {
  if (topic !== 'BatchTopic') return testMessage({ topic });
  const sysFlag = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;
  return testMessage({ topic, sysFlag, body: batchBody(['a', 'b']), properties: 'INNER_NUM\u00012\u0002' });
}

const open = (files: Files, clock: VirtualClock): Promise<MessageStore> =>
  openTestStore('/store', {
    files,
    clock,
    attributesOf: batchAttributes,
    config: { mappedFileSizeCommitLog: 16_384, maxMessageSize: 16_000, fileReservedTime: 1, deleteWhen: '' },
  });

/** A store of which the log has deleted all messages of the queues, and a power cut takes the queues. */
async function cutStore(clock: VirtualClock): Promise<MemoryFiles> {
  const files = new MemoryFiles({ clock });
  const store = await open(files, clock);
  for (let i = 0; i < 12; i++) for (const topic of QUEUES) await putAndWait(store, message(topic));
  for (let i = 0; i < 8; i++) await putAndWait(store, testMessage({ topic: 'Filler', body: Buffer.alloc(7000) }));
  await store.flush();
  clock.stepWallClock(2 * HOUR_MS);
  store.deleteExpiredFiles();
  await clock.advance(2000);
  expect(store.minPhysicalOffset).toBeGreaterThan(16_000);
  files.crashProcess();
  for (const kind of ['consumequeue', 'batchconsumequeue']) files.removeSync(`/store/${kind}`);
  return files;
}

const endsOf = (store: MessageStore) => QUEUES.map((topic) => store.maxOffsetInQueue(topic, 0));

describe('queues that a power cut has taken, and of which all messages are deleted', () => {
  test('go on where they were, at this start and at those after it', async () => {
    const clock = new VirtualClock();
    const files = await cutStore(clock);
    let store = await open(files, clock);
    expect(endsOf(store)).toEqual([12, 12, 24]);
    await store.close();
    expect((await verifyStore({ files, root: '/store', thorough: true })).problems).toEqual([]);
    // The files say it by themselves.
    files.unlinkSync('/store/consumequeue.manifest');
    store = await open(files, clock);
    expect(endsOf(store)).toEqual([12, 12, 24]);
    for (const topic of QUEUES) await putAndWait(store, message(topic));
    expect((await readQueue(store, 'TopicA', 0)).map(({ queueOffset }) => queueOffset)).toEqual([12]);
    expect((await readQueue(store, 'BatchTopic', 0)).map(({ queueOffset }) => queueOffset)).toEqual([24]);
    await store.close();
    expect((await verifyStore({ files, root: '/store', thorough: true })).problems).toEqual([]);
  });

  test('go on where they were when the store is repaired', async () => {
    const clock = new VirtualClock();
    const files = await cutStore(clock);
    files.mkdirSync('/store/config');
    const topics = Buffer.from(JSON.stringify({ topicConfigTable: TOPICS }));
    const handle = files.openSync('/store/config/topics.json', 'create');
    handle.writeSync(topics, 0, topics.length, 0);
    handle.closeSync();
    // The queue of a topic of which there are messages is missed as well.
    files.unlinkSync('/store/abort');
    const options = { files, root: '/store', thorough: true, clock, logger: silentLogger };
    const { steps, after } = await repairStore(options, false);
    expect(steps.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'set aside consumequeue/Filler/0',
      'withdraw consumequeue.manifest',
      'set aside checkpoint',
    ]);
    expect(after?.problems).toEqual([]);
    const store = await open(files, clock);
    expect(endsOf(store)).toEqual([12, 12, 24]);
    await store.close();
  });

  test('go on where they were however often the start is cut short', async () => {
    const clock = new VirtualClock();
    const memory = await cutStore(clock);
    for (let operation = 1, isCut = true; isCut; operation++) {
      const files = new FaultyFiles(memory);
      files.crashAt(operation);
      try {
        const store = await open(files, clock);
        expect(endsOf(store)).toEqual([12, 12, 24]);
        isCut = files.crashed;
      } catch (error) {
        if (!files.crashed) throw error;
      }
      memory.crash(operation);
    }
    const store = await open(memory, clock);
    expect(endsOf(store)).toEqual([12, 12, 24]);
    await store.close();
  });
});

test('a queue does not go on behind messages that came while the check point was made and are lost', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const clock = new VirtualClock();
    const memory = new MemoryFiles({ clock });
    const files = new FaultyFiles(memory);
    const options = { files, clock, config: { messageIndexEnable: false } };
    const store = await openTestStore('/store', options);
    for (let i = 0; i < 10; i++) await putAndWait(store, testMessage());
    await putAndWait(store, testMessage({ topic: 'Newest' }));
    await clock.advance(59_900);
    files.slowDatasync(clock, 300);
    await clock.advance(200);
    for (let i = 0; i < 2; i++) await putAndWait(store, testMessage());
    // The check point is complete, and the log not flushed yet.
    await clock.advance(600);
    expect(memory.readFileSync('/store/consumequeue.manifest').toString()).toContain('TopicTest 0:10');
    for (const path of ['', '/TopicTest', '/TopicTest/0', '/Newest', '/Newest/0'])
      memory.syncDirectorySync(`/store/consumequeue${path}`);
    memory.crash(seed);
    const again = await openTestStore('/store', { ...options, files: memory });
    const messages = await readQueue(again, 'TopicTest', 0);
    expect(again.maxOffsetInQueue('TopicTest', 0)).toBe(messages.length);
    await again.close();
  }
});

test('a topic that is deleted while a check point is made does not come back', async () => {
  for (let afterMs = 0; afterMs < 2000; afterMs += 100) {
    const clock = new VirtualClock();
    const memory = new MemoryFiles({ clock });
    const files = new FaultyFiles(memory);
    const options = { files, clock, config: { messageIndexEnable: false } };
    const store = await openTestStore('/store', options);
    for (const topic of ['Gone', 'TopicTest']) await putAndWait(store, testMessage({ topic }));
    await clock.advance(61_000);
    await putAndWait(store, testMessage());
    await clock.advance(58_800);
    files.slowDatasync(clock, 300);
    await clock.advance(afterMs);
    expect(store.deleteTopics(['Gone'])).toBe(1);
    memory.crashProcess();
    const again = await openTestStore('/store', { ...options, files: memory });
    expect(again.topics().sort(), `deleted after ${afterMs} ms`).toEqual(['TopicTest']);
    expect(again.maxOffsetInQueue('Gone', 0)).toBe(0);
    expect(again.maxOffsetInQueue('TopicTest', 0)).toBe(2);
    await again.close();
  }
});
