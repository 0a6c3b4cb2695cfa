// What only the real file system shows: locks between processes and closing while work is under way.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dropLockFile } from './lock-file.js';
import { NodeFiles } from './node-files.js';

const files = new NodeFiles();
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'node-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('lockSync', () => {
  test('the lock of a living process is respected and names it', () => {
    const path = join(directory, 'lock');
    const release = files.lockSync(path);
    expect(() => new NodeFiles().lockSync(path)).toThrow(`lock '${path}' is held by process ${process.pid}`);
    release();
    files.lockSync(path)();
    expect(files.readdirSync(directory)).toEqual([]);
  });

  test('the lock of a dead process is taken over', () => {
    const path = join(directory, 'lock');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(path, `${pid}\n`);
    const release = files.lockSync(path);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
    release();
  });

  test('a pid that was given to another process does not hold the lock', () => {
    const path = join(directory, 'lock');
    writeFileSync(path, `${process.pid} 1\n`);
    files.lockSync(path)();
  });

  test.each(['', 'lock', '-5', '0', 'NaN 7'])('a lock file that holds %j is taken over', (content) => {
    const path = join(directory, 'lock');
    writeFileSync(path, content);
    files.lockSync(path)();
  });
});

describe('a lock of a thread of this process', () => {
  const THREAD = 4711;

  /** What such a thread writes. */
  function lockOfThread(): string {
    const path = join(directory, 'lock');
    const release = files.lockSync(path);
    const mine = readFileSync(path, 'utf8').replace(/ thread \d+$/m, '');
    release();
    writeFileSync(path, mine.replace('\n', ` thread ${THREAD}\n`));
    return path;
  }

  test('is respected as long as nobody says that the thread is gone', () => {
    const path = lockOfThread();
    expect(() => files.lockSync(path)).toThrow(`is held by process ${process.pid}`);
    dropLockFile(path, THREAD + 1);
    expect(() => files.lockSync(path)).toThrow(`is held by process ${process.pid}`);
    dropLockFile(path, THREAD);
    files.lockSync(path)();
    dropLockFile(path, THREAD);
  });

  test('of another process is not dropped', () => {
    const path = join(directory, 'lock');
    writeFileSync(path, `1 1 thread ${THREAD}\n`);
    dropLockFile(path, THREAD);
    expect(readFileSync(path, 'utf8')).toContain('1 1');
  });
});

test('a read under way is finished by its own file when the handle is closed', async () => {
  const handle = files.openSync(join(directory, 'data'), 'create');
  const bytes = Buffer.alloc(1 << 20, 7);
  handle.writeSync(bytes, 0, bytes.length, 0);
  const target = Buffer.alloc(bytes.length);
  const read = handle.read(target, 0, target.length, 0);
  const synced = handle.datasync();
  handle.closeSync();
  const other = files.openSync(join(directory, 'other'), 'create');
  expect(await read).toBe(bytes.length);
  await synced;
  expect(target.equals(bytes)).toBe(true);
  other.closeSync();
});

test('the disk space of a directory that is still missing is its parent’s', () => {
  const { totalBytes, freeBytes } = files.diskSpaceSync(join(directory, 'not', 'yet'));
  expect(totalBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
});
