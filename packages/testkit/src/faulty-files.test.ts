// Faults come exactly where they were set, and a crash can be tried at every operation.
import { expect, test } from 'vitest';
import { FaultyFiles, SimulatedCrash } from './faulty-files.js';
import { MemoryFiles } from './memory-files.js';
import { SeededRandom } from './seeded-random.js';
import { VirtualClock } from './virtual-clock.js';

const bytes = Buffer.from('0123456789');

test('the n-th operation of a kind fails, on the paths that fit', () => {
  const files = new FaultyFiles(new MemoryFiles());
  files.fail({ operation: 'write', code: 'EIO', nth: 2, path: /b$/ });
  const a = files.openSync('/a', 'create');
  const b = files.openSync('/b', 'create');
  b.writeSync(bytes, 0, 10, 0);
  a.writeSync(bytes, 0, 10, 0);
  expect(() => b.writeSync(bytes, 0, 10, 0)).toThrow(/^EIO: /);
  b.writeSync(bytes, 0, 10, 0);
});

test('a limit of bytes cuts the write that crosses it', () => {
  const files = new FaultyFiles(new MemoryFiles());
  files.limitBytes(14);
  const handle = files.openSync('/a', 'create');
  handle.writeSync(bytes, 0, 10, 0);
  expect(() => handle.writeSync(bytes, 0, 10, 10)).toThrow(/^ENOSPC: /);
  expect(files.readFileSync('/a').toString()).toBe('01234567890123');
  files.heal();
  handle.writeSync(bytes, 0, 10, 10);
});

test('after a crash everything is refused', async () => {
  const memory = new MemoryFiles();
  const files = new FaultyFiles(memory);
  const handle = files.openSync('/a', 'create');
  files.crashAt(2, new SeededRandom(1));
  expect(() => handle.writeSync(bytes, 0, 10, 0)).toThrow(SimulatedCrash);
  expect(() => files.openSync('/a', 'read')).toThrow(SimulatedCrash);
  expect(() => files.statSync('/a')).toThrow(SimulatedCrash);
  await expect(handle.datasync()).rejects.toThrow(SimulatedCrash);
  expect(files.operations).toBe(2);
  expect(bytes.toString().startsWith(memory.readFileSync('/a').toString())).toBe(true);
});

test('a file that is replaced by rename is old or new after a crash at any operation', async () => {
  const replace = async (files: FaultyFiles): Promise<void> => {
    const handle = files.openSync('/f.tmp', 'create');
    handle.writeSync(Buffer.from('new'), 0, 3, 0);
    await handle.datasync();
    files.renameSync('/f.tmp', '/f');
    files.syncDirectorySync('/');
  };
  const prepare = (): MemoryFiles => {
    const memory = new MemoryFiles();
    const handle = memory.openSync('/f', 'create');
    handle.writeSync(Buffer.from('old'), 0, 3, 0);
    handle.datasyncSync();
    memory.syncDirectorySync('/');
    return memory;
  };
  const whole = new FaultyFiles(prepare());
  await replace(whole);
  expect(whole.operations).toBe(5);
  for (let operation = 1; operation <= whole.operations + 1; operation++) {
    for (let seed = 1; seed <= 20; seed++) {
      const memory = prepare();
      const files = new FaultyFiles(memory);
      files.crashAt(operation, new SeededRandom(seed));
      if (operation <= whole.operations) await expect(replace(files)).rejects.toThrow(SimulatedCrash);
      else await replace(files);
      memory.crash(seed);
      expect(memory.readFileSync('/f').toString()).toMatch(operation > whole.operations ? /^new$/ : /^(old|new)$/);
    }
  }
});

test('a slow datasync takes the clock’s time', async () => {
  const clock = new VirtualClock();
  const files = new FaultyFiles(new MemoryFiles());
  files.slowDatasync(clock, 100);
  let done = false;
  void files
    .openSync('/a', 'create')
    .datasync()
    .then(() => {
      done = true;
    });
  await clock.advance(99);
  expect(done).toBe(false);
  await clock.advance(1);
  expect(done).toBe(true);
});
