// What a crash may and may not take from the simulated disk.
import { describe, expect, test } from 'vitest';
import { MemoryFiles } from './memory-files.js';
import { forEachSeed } from './seeds.js';

const SECTOR = 512;

/** A file whose name is durable, with `sectors` sectors of the letter a, synced. */
function syncedFile(files: MemoryFiles, sectors: number) {
  files.mkdirSync('/d');
  files.syncDirectorySync('/');
  const handle = files.openSync('/d/f', 'create');
  files.syncDirectorySync('/d');
  handle.writeSync(Buffer.alloc(sectors * SECTOR, 'a'), 0, sectors * SECTOR, 0);
  handle.datasyncSync();
  return handle;
}

/** What each sector of /d/f starts with. */
function sectorsOf(files: MemoryFiles): string {
  const content = files.readFileSync('/d/f');
  let text = '';
  for (let at = 0; at < content.length; at += SECTOR) text += String.fromCharCode(content[at]!);
  return text;
}

describe('MemoryFiles after a loss of power', () => {
  test('what was synced is there, whatever the seed', () =>
    forEachSeed({ count: 200 }, (random) => {
      const files = new MemoryFiles();
      syncedFile(files, 8);
      files.crash(random.seed);
      expect(sectorsOf(files)).toBe('aaaaaaaa');
    }));

  test('unsynced sectors are old or new, in any combination, and never torn within', () => {
    const outcomes = new Set<string>();
    return forEachSeed({ count: 300 }, (random) => {
      const files = new MemoryFiles();
      const handle = syncedFile(files, 8);
      handle.writeSync(Buffer.alloc(2 * SECTOR, 'b'), 0, 2 * SECTOR, 0);
      handle.writeSync(Buffer.alloc(SECTOR, 'c'), 0, SECTOR, SECTOR);
      files.crash(random.seed);
      const content = files.readFileSync('/d/f');
      for (let at = 0; at < content.length; at += SECTOR) {
        expect(new Set(content.subarray(at, at + SECTOR)).size).toBe(1);
      }
      expect(sectorsOf(files)).toMatch(/^[ab][abc]aaaaaa$/);
      outcomes.add(sectorsOf(files).slice(0, 2));
    }).then(() => {
      expect([...outcomes].sort()).toEqual(['aa', 'ab', 'ac', 'ba', 'bb', 'bc']);
    });
  });

  test('a later write to a sector never survives without the earlier one', () =>
    forEachSeed({ count: 200 }, (random) => {
      const files = new MemoryFiles();
      const handle = syncedFile(files, 1);
      handle.writeSync(Buffer.from('1'), 0, 1, 0);
      handle.writeSync(Buffer.from('2'), 0, 1, 1);
      files.crash(random.seed);
      expect(files.readFileSync('/d/f').subarray(0, 2).toString()).toMatch(/^(aa|1a|12)$/);
    }));

  test('growth and truncation may be undone or leave a shorter file or zeros', () => {
    const sizes = new Set<number>();
    return forEachSeed({ count: 200 }, (random) => {
      const files = new MemoryFiles();
      const handle = syncedFile(files, 4);
      handle.truncateSync(SECTOR);
      handle.writeSync(Buffer.alloc(SECTOR, 'n'), 0, SECTOR, 2 * SECTOR);
      files.crash(random.seed);
      sizes.add(files.readFileSync('/d/f').length / SECTOR);
      expect(sectorsOf(files)).toMatch(/^a(a|\0)?([an\0])?a?$/);
    }).then(() => expect([...sizes].sort()).toEqual([1, 3, 4]));
  });

  test('names that were not synced may be undone; renames happen wholly or not', () => {
    const outcomes = new Set<string>();
    return forEachSeed({ count: 200 }, (random) => {
      const files = new MemoryFiles();
      syncedFile(files, 1);
      files.renameSync('/d/f', '/d/g');
      files.openSync('/d/h', 'create');
      files.crash(random.seed);
      outcomes.add(files.readdirSync('/d').join());
    }).then(() => expect([...outcomes].sort()).toEqual(['f', 'g', 'g,h']));
  });

  test('synced names stay, and so does a synced removal', () =>
    forEachSeed({ count: 50 }, (random) => {
      const files = new MemoryFiles();
      syncedFile(files, 1);
      files.openSync('/d/g', 'create');
      files.unlinkSync('/d/f');
      files.syncDirectorySync('/d');
      files.crash(random.seed);
      expect(files.readdirSync('/d')).toEqual(['g']);
    }));

  test('the same seed leaves the same disk', () => {
    const run = (): string => {
      const files = new MemoryFiles();
      const handle = syncedFile(files, 8);
      handle.writeSync(Buffer.alloc(8 * SECTOR, 'z'), 0, 8 * SECTOR, 0);
      files.crash(1234);
      return sectorsOf(files);
    };
    expect(run()).toBe(run());
  });

  test('handles and locks of before are void', async () => {
    const files = new MemoryFiles();
    const handle = syncedFile(files, 1);
    files.lockSync('/d/lock');
    const sync = handle.datasync();
    files.crash(1);
    await expect(sync).rejects.toMatchObject({ code: 'EBADF' });
    expect(() => handle.sizeSync()).toThrow('opened before a crash');
    files.lockSync('/d/lock');
  });
});

test('a killed process loses nothing that it wrote', () => {
  const files = new MemoryFiles();
  const handle = files.openSync('/f', 'create');
  handle.writeSync(Buffer.from('hello'), 0, 5, 0);
  files.crashProcess();
  expect(files.readFileSync('/f').toString()).toBe('hello');
  expect(() => handle.sizeSync()).toThrow('opened before a crash');
});

test('what a datasync covers is fixed when it is called', async () => {
  await forEachSeed({ count: 30 }, async (random) => {
    const files = new MemoryFiles();
    const handle = syncedFile(files, 2);
    handle.writeSync(Buffer.alloc(SECTOR, 'b'), 0, SECTOR, 0);
    const sync = handle.datasync();
    handle.writeSync(Buffer.alloc(SECTOR, 'c'), 0, SECTOR, SECTOR);
    await sync;
    files.crash(random.seed);
    expect(sectorsOf(files)).toMatch(/^b[ac]$/);
  });
});

test('a full disk refuses writes, and removal makes room', () => {
  const files = new MemoryFiles({ capacityBytes: 8192 });
  const handle = files.openSync('/f', 'create');
  handle.truncateSync(2 ** 30);
  handle.writeSync(Buffer.alloc(8192), 0, 8192, 2 ** 29);
  expect(files.diskSpaceSync('/')).toEqual({ totalBytes: 8192, usedBytes: 8192, freeBytes: 0 });
  expect(() => handle.writeSync(Buffer.alloc(1), 0, 1, 0)).toThrow('ENOSPC');
  handle.writeSync(Buffer.alloc(1), 0, 1, 2 ** 29);
  files.unlinkSync('/f');
  expect(files.diskSpaceSync('/').freeBytes).toBe(8192);
});
