import { FaultyFiles, MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { putAndWait, readQueue, testMessage } from '../test-store.js';
import { RecordSource } from './record-source.js';
import { compactingStore, TOPIC } from './test-compaction.js';

const LOG = `/store/compaction/compactionLog/${TOPIC}/0`;
const QUEUE = `/store/compaction/compactionCq/${TOPIC}/0`;
const COUNT = 12;
const name = (index: number, sizeBytes: number) => String(index * sizeBytes).padStart(20, '0');

/** Segments of two messages; the commit log has lost the first messages, the compaction log has all. */
async function directory(): Promise<{ files: MemoryFiles; logName: (index: number) => string }> {
  const files = new MemoryFiles();
  const store = await compactingStore(files, new VirtualClock(), { compactionMappedFileSize: 130_000 });
  for (let i = 0; i < COUNT; i++) {
    const properties = `KEYS\u0001k${i}\u0002`;
    const body = Buffer.alloc(60_000, `body ${i} `);
    await putAndWait(store, testMessage({ topic: TOPIC, keys: `k${i}`, properties, body }));
  }
  await store.close();
  files.unlinkSync('/store/commitlog/00000000000000000000');
  const names = files.readdirSync(LOG);
  expect(names).toHaveLength(COUNT / 2);
  const sizeBytes = Number(names[1]);
  return { files, logName: (index) => name(index, sizeBytes) };
}

async function mustHaveAll(files: MemoryFiles): Promise<void> {
  const store = await compactingStore(files, new VirtualClock(), { compactionMappedFileSize: 130_000 });
  const messages = await readQueue(store, TOPIC, 0);
  expect(messages.map(({ queueOffset, body }) => [queueOffset, body.slice(0, 7)])).toEqual(
    Array.from({ length: COUNT }, (_, i) => [i, `body ${i} `.repeat(2).slice(0, 7)]),
  );
  await store.close();
}

describe('a compaction log that the reference has left while it exchanged files', () => {
  test('with old files renamed and the new ones not in place is made again from all of them', async () => {
    const { files, logName } = await directory();
    files.renameSync(`${LOG}/${logName(0)}`, `${LOG}/${logName(0)}.delete`);
    files.mkdirSync(`${LOG}/compacting`);
    files.renameSync(`${LOG}/${logName(1)}`, `${LOG}/compacting/${logName(0)}`);
    await mustHaveAll(files);
    expect(files.readdirSync('/store/damaged')).toEqual([`compaction-${TOPIC}-0`]);
    await mustHaveAll(files);
  });

  test('with entries of the old state beside records of the new one is made again', async () => {
    const { files, logName } = await directory();
    for (const [from, to] of [
      [0, 9],
      [1, 0],
      [9, 1],
    ] as const) {
      files.renameSync(`${LOG}/${logName(from)}`, `${LOG}/${logName(to)}`);
    }
    await mustHaveAll(files);
  });

  test('without its queue files is made again', async () => {
    const { files } = await directory();
    files.removeSync(QUEUE);
    await mustHaveAll(files);
  });

  test('is made again when that is cut short between its two parts', async () => {
    const { files: memory } = await directory();
    memory.removeSync(QUEUE);
    const files = new FaultyFiles(memory);
    files.fail({ operation: 'rename', code: 'EIO', path: /salvaged.*compactionCq/ });
    await expect(compactingStore(files, new VirtualClock(), { compactionMappedFileSize: 130_000 })).rejects.toThrow(
      /^EIO: /,
    );
    memory.crashProcess();
    await mustHaveAll(memory);
  });

  test('is not made again from what a power cut brings back', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { files } = await directory();
      files.syncDirectorySync('/store/commitlog');
      files.removeSync(QUEUE);
      await mustHaveAll(files);
      files.crash(seed);
      await mustHaveAll(files);
      expect(files.readdirSync('/store/damaged')).toEqual([`compaction-${TOPIC}-0`]);
    }
  });

  test('is made again however often that is cut short', async () => {
    const { files: memory, logName } = await directory();
    memory.renameSync(`${LOG}/${logName(0)}`, `${LOG}/${logName(0)}.delete`);
    for (let operation = 30; operation < 400; operation += 9) {
      const files = new FaultyFiles(memory);
      files.crashAt(operation);
      const open = compactingStore(files, new VirtualClock(), { compactionMappedFileSize: 130_000 });
      const ended = await open.then(
        (store) => store.close().then(() => !files.crashed),
        () => false,
      );
      memory.crashProcess();
      if (ended) break;
    }
    await mustHaveAll(memory);
  });
});

test('a walk over records ends, and finds whole ones only, whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const files = new MemoryFiles();
      const handle = files.openSync('/log', 'create');
      handle.writeSync(bytes, 0, bytes.length, 0);
      const source = new RecordSource(files, '/log');
      expect(source.current).toBeUndefined();
      source.close();
    }),
  );
});
