import type { MessageFilter } from '@rocketmq-ts/filter';
import { MemoryFiles } from '@rocketmq-ts/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GetRequest } from './api.js';
import type { MessageStore } from './message-store.js';
import { openTestStore, putAndWait, recordsOf, SMALL_FILES, type TestStoreOptions, testMessage } from './test-store.js';

const QUEUES = 2;
const BODY = Buffer.alloc(3000, 'x');
const NOTHING_PASSES: MessageFilter = { isMatchedByConsumeQueue: () => false, isMatchedByCommitLog: () => false };

describe('messages that are no longer in the tail', () => {
  let files: MemoryFiles;
  let store: MessageStore;

  /** The store with messages of two queues in turn, opened anew. */
  async function reopen(count: number, options: Partial<TestStoreOptions> = {}): Promise<void> {
    store = await openTestStore('/store', { files });
    for (let i = 0; i < count; i++) await putAndWait(store, testMessage({ queueId: i % QUEUES, body: BODY }));
    await store.close();
    store = await openTestStore('/store', { files, ...options });
  }

  function request(part: Partial<GetRequest> = {}): GetRequest {
    return { topic: 'TopicTest', queueId: 0, offset: 0, maxMessages: 10, ...part };
  }

  beforeEach(() => {
    files = new MemoryFiles();
  });

  test('are answered without waiting when they were read for others', async () => {
    await reopen(80);
    expect(store.get(request())).toBeInstanceOf(Promise);
    await store.get(request());
    await store.get(request({ queueId: 1 }));
    for (const queueId of [0, 1]) {
      const got = store.get(request({ queueId, offset: 10 }));
      expect(got).not.toBeInstanceOf(Promise);
      expect(recordsOf(await got).map(({ queueOffset }) => queueOffset)).toEqual(
        Array.from({ length: 10 }, (_, i) => 10 + i),
      );
    }
    await store.close();
  });

  test('fill the answer that begins with some that are in memory', async () => {
    await reopen(160);
    // What is read and kept is at most a file of the log.
    const boundary = Math.floor(SMALL_FILES.mappedFileSizeCommitLog! / (BODY.length + 200) / QUEUES);
    // The entries of the queue, and what is in front of the boundary.
    await store.get(request({ maxMessages: 32 }));
    for (let offset = boundary - 20; offset < boundary + 20; offset += 10) {
      const result = await store.get(request({ offset }));
      expect(result).toMatchObject({ status: 'FOUND', messageCount: 10, nextBeginOffset: offset + 10 });
    }
    await store.close();
  });

  test('that no filter lets pass are stepped over, and the next get goes on behind them', async () => {
    await reopen(80, { config: { travelCqFileNumWhenGetMessage: 5, maxFilterMessageSize: 20 * 20 } });
    for (let round = 0; round < 3; round++) {
      const result = await store.get(request({ filter: NOTHING_PASSES }));
      expect(result).toMatchObject({ status: 'NO_MATCHED_MESSAGE', nextBeginOffset: 20, messageCount: 0 });
      await store.get(request());
    }
    await store.close();
  });
});
