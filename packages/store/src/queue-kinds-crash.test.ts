import type { Files } from '@rocketmq-ts/common';
import { MessageSysFlag } from '@rocketmq-ts/common';
import { FaultyFiles, forEachSeed, MemoryFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import type { MessageStore } from './message-store.js';
import { batchAttributes, batchBody, openTestStore, readQueue, testMessage } from './test-store.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const LIGHT = ['%LMQ%a', '%LMQ%b'];

/** Acknowledged: number of messages by offset of the batch; bodies of messages in light queues. */
interface Acknowledged {
  readonly batches: Map<number, number>;
  readonly light: Set<string>;
}

function open(files: Files, sync: boolean): Promise<MessageStore> {
  return openTestStore('/store', {
    files,
    clock: new VirtualClock(),
    attributesOf: batchAttributes,
    config: {
      enableLmq: true,
      enableMultiDispatch: true,
      enableConsumeQueueExt: true,
      mappedFileSizeConsumeQueueExt: 1000,
      flushDiskType: sync ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
    },
  });
}

function putOne(store: MessageStore, random: SeededRandom, acknowledged: Acknowledged, name: string): void {
  if (random.nextInt(2) === 0) {
    const count = 1 + random.nextInt(5);
    const message = testMessage({
      topic: 'BatchTopic',
      sysFlag: MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP,
      body: batchBody(Array.from({ length: count }, (_, i) => `${name}-${i}`)),
      properties: `INNER_NUM\u0001${count}\u0002`,
    });
    store.put(message, {
      putDone: (status, result) => status === 'PUT_OK' && acknowledged.batches.set(result!.queueOffset, count),
    });
    return;
  }
  const names = LIGHT.slice(0, 1 + random.nextInt(2)).join(',');
  const message = testMessage({ properties: `INNER_MULTI_DISPATCH\u0001${names}\u0002`, body: Buffer.from(name) });
  store.put(message, { putDone: (status) => status === 'PUT_OK' && acknowledged.light.add(name) });
}

async function runAndCrash(
  memory: MemoryFiles,
  random: SeededRandom,
  sync: boolean,
  run: number,
): Promise<Acknowledged> {
  const acknowledged = { batches: new Map<number, number>(), light: new Set<string>() };
  const files = new FaultyFiles(memory);
  files.crashAt(15 + random.nextInt(120), random);
  try {
    const store = await open(files, sync);
    for (let i = 0; i < 30; i++) {
      for (let j = random.nextInt(10); j >= 0; j--) putOne(store, random, acknowledged, `${run}-${i}-${j}`);
      await turn();
      if (random.nextInt(5) === 0) await store.flush();
    }
  } catch (error) {
    if (!files.crashed) throw error;
  }
  return acknowledged;
}

async function check(store: MessageStore, { batches, light }: Acknowledged): Promise<void> {
  let next = 0;
  const found = new Map<number, number>();
  for (const { queueOffset, bytes } of await readQueue(store, 'BatchTopic', 0)) {
    expect(queueOffset).toBe(next);
    const count = Number(/INNER_NUM\u0001(\d+)/.exec(bytes.toString())![1]);
    found.set(queueOffset, count);
    next = queueOffset + count;
  }
  expect(store.maxOffsetInQueue('BatchTopic', 0)).toBe(next);
  for (const [offset, count] of batches) expect(found.get(offset)).toBe(count);
  const inLight = (await readQueue(store, '%LMQ%a', 0)).map(({ body }) => body);
  expect(new Set(inLight).size).toBe(inLight.length);
  expect(store.maxOffsetInQueue('%LMQ%a', 0)).toBe(inLight.length);
  for (const name of light) expect(inLight).toContain(name);
}

describe('crashes with batches and light queues', () => {
  test('a killed process loses nothing that was acknowledged', async () => {
    await forEachSeed({ count: 6 }, async (random) => {
      const memory = new MemoryFiles();
      const sync = random.nextInt(2) === 0;
      for (let run = 0; run < 3; run++) {
        const acknowledged = await runAndCrash(memory, random, sync, run);
        memory.crashProcess();
        const store = await open(memory, sync);
        await check(store, acknowledged);
        if (random.nextInt(2) === 0) await store.close();
        memory.crashProcess();
      }
    });
  }, 30_000);

  test('a power cut loses nothing that was acknowledged with SYNC_FLUSH', async () => {
    await forEachSeed({ count: 6 }, async (random) => {
      const memory = new MemoryFiles();
      const acknowledged = await runAndCrash(memory, random, true, 0);
      memory.crash(random.nextInt(1_000_000));
      await check(await open(memory, true), acknowledged);
    });
  }, 30_000);
});
