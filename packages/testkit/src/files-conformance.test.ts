// What every implementation of the port `Files` promises; each is run through the same tests.
import { type Files, isFileSystemError, NodeFiles } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import { FaultyFiles } from './faulty-files.js';
import { MemoryFiles } from './memory-files.js';
import { withTemporaryDirectory } from './temporary-directory.js';

type Body = (files: Files, root: string) => void | Promise<void>;

async function inMemory(files: Files, body: Body): Promise<void> {
  files.mkdirSync('/data');
  await body(files, '/data');
}

const implementations: [name: string, run: (body: Body) => Promise<void>][] = [
  ['NodeFiles', (body) => withTemporaryDirectory((root) => body(new NodeFiles(), root))],
  ['MemoryFiles', (body) => inMemory(new MemoryFiles(), body)],
  ['FaultyFiles without faults', (body) => inMemory(new FaultyFiles(new MemoryFiles()), body)],
];

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return isFileSystemError(error) ? error.code : String(error);
  }
  return undefined;
}

function write(files: Files, path: string, text: string): void {
  const handle = files.openSync(path, 'create');
  handle.writeSync(Buffer.from(text), 0, text.length, 0);
  handle.closeSync();
}

describe.each(implementations)('%s', (_name, run) => {
  test('reads what was written, at its position', () =>
    run(async (files, root) => {
      const handle = files.openSync(`${root}/a`, 'create');
      handle.writeSync(Buffer.from('xxhelloxx'), 2, 5, 4094);
      expect(handle.sizeSync()).toBe(4099);
      const target = Buffer.alloc(10, '.');
      expect(handle.readSync(target, 1, 8, 4094)).toBe(5);
      expect(target.toString()).toBe('.hello....');
      expect(await handle.read(target, 0, 3, 4092)).toBe(3);
      expect(target.subarray(0, 3).toString()).toBe('\0\0h');
      expect(handle.readSync(target, 0, 5, 5000)).toBe(0);
      await handle.datasync();
      handle.datasyncSync();
      handle.closeSync();
      expect(files.readFileSync(`${root}/a`).length).toBe(4099);
    }));

  test('a later write replaces, and opening again keeps the content', () =>
    run((files, root) => {
      write(files, `${root}/a`, 'hello');
      write(files, `${root}/a`, 'HE');
      expect(files.readFileSync(`${root}/a`).toString()).toBe('HEllo');
    }));

  test('truncation cuts and grows with zeros', () =>
    run((files, root) => {
      write(files, `${root}/a`, 'hello');
      const handle = files.openSync(`${root}/a`, 'readWrite');
      handle.truncateSync(2);
      handle.truncateSync(4);
      expect(files.readFileSync(`${root}/a`).toString()).toBe('he\0\0');
      handle.truncateSync(2 ** 30);
      expect(handle.sizeSync()).toBe(2 ** 30);
      expect(files.statSync(`${root}/a`)).toMatchObject({ sizeBytes: 2 ** 30, isDirectory: false });
      handle.closeSync();
    }));

  test('modes: only create makes a file, and read does not write', () =>
    run((files, root) => {
      expect(codeOf(() => files.openSync(`${root}/a`, 'read'))).toBe('ENOENT');
      expect(codeOf(() => files.openSync(`${root}/a`, 'readWrite'))).toBe('ENOENT');
      expect(codeOf(() => files.openSync(`${root}/no/a`, 'create'))).toBe('ENOENT');
      expect(codeOf(() => files.openSync(root, 'create'))).toBe('EISDIR');
      expect(codeOf(() => files.readFileSync(`${root}/a`))).toBe('ENOENT');
      write(files, `${root}/a`, 'hello');
      const handle = files.openSync(`${root}/a`, 'read');
      expect(codeOf(() => handle.writeSync(Buffer.from('x'), 0, 1, 0))).toBe('EBADF');
      handle.closeSync();
    }));

  test('a closed handle refuses everything but a second close', () =>
    run(async (files, root) => {
      const handle = files.openSync(`${root}/a`, 'create');
      handle.closeSync();
      handle.closeSync();
      expect(codeOf(() => handle.writeSync(Buffer.from('x'), 0, 1, 0))).toBe('EBADF');
      expect(codeOf(() => handle.sizeSync())).toBe('EBADF');
      await expect(handle.read(Buffer.alloc(1), 0, 1, 0)).rejects.toMatchObject({ code: 'EBADF' });
      await expect(handle.datasync()).rejects.toMatchObject({ code: 'EBADF' });
    }));

  test('directories: made with parents, listed sorted, removed with content', () =>
    run((files, root) => {
      files.mkdirSync(`${root}/x/y`);
      files.mkdirSync(`${root}/x/y`);
      write(files, `${root}/x/b`, '');
      write(files, `${root}/x/a`, '');
      expect(files.readdirSync(`${root}/x`)).toEqual(['a', 'b', 'y']);
      expect(files.readdirSync(`${root}/none`)).toEqual([]);
      expect(files.statSync(`${root}/x`)?.isDirectory).toBe(true);
      expect(files.statSync(`${root}/none/at/all`)).toBeUndefined();
      files.syncDirectorySync(`${root}/x`);
      expect(codeOf(() => files.syncDirectorySync(`${root}/none`))).toBe('ENOENT');
      expect(codeOf(() => files.mkdirSync(`${root}/x/a`))).toBe('EEXIST');
      files.removeSync(`${root}/x`);
      files.removeSync(`${root}/x`);
      expect(files.readdirSync(root)).toEqual([]);
    }));

  test('rename replaces a file and carries directories', () =>
    run((files, root) => {
      write(files, `${root}/a`, 'new');
      write(files, `${root}/b`, 'old');
      files.renameSync(`${root}/a`, `${root}/b`);
      expect(files.readdirSync(root)).toEqual(['b']);
      expect(files.readFileSync(`${root}/b`).toString()).toBe('new');
      expect(codeOf(() => files.renameSync(`${root}/a`, `${root}/c`))).toBe('ENOENT');
      files.mkdirSync(`${root}/d`);
      files.renameSync(`${root}/b`, `${root}/d/b`);
      files.renameSync(`${root}/d`, `${root}/e`);
      expect(files.readFileSync(`${root}/e/b`).toString()).toBe('new');
    }));

  test('an unlinked file lives on for its handle', () =>
    run((files, root) => {
      write(files, `${root}/a`, 'hello');
      const handle = files.openSync(`${root}/a`, 'readWrite');
      files.unlinkSync(`${root}/a`);
      files.unlinkSync(`${root}/a`);
      expect(files.statSync(`${root}/a`)).toBeUndefined();
      const target = Buffer.alloc(5);
      expect(handle.readSync(target, 0, 5, 0)).toBe(5);
      handle.closeSync();
    }));

  test('a file is unlinked without blocking too', () =>
    run(async (files, root) => {
      write(files, `${root}/a`, 'hello');
      await files.unlink(`${root}/a`);
      await files.unlink(`${root}/a`);
      expect(files.statSync(`${root}/a`)).toBeUndefined();
    }));

  test('a lock is exclusive until it is released', () =>
    run((files, root) => {
      const release = files.lockSync(`${root}/lock`);
      expect(codeOf(() => files.lockSync(`${root}/lock`))).toBe('ELOCKED');
      release();
      files.lockSync(`${root}/lock`)();
    }));

  test('the disk has space', () =>
    run((files, root) => {
      const { totalBytes, usedBytes, freeBytes } = files.diskSpaceSync(root);
      expect(totalBytes).toBeGreaterThanOrEqual(usedBytes + freeBytes);
      expect(freeBytes).toBeGreaterThan(0);
    }));
});
