// A file system in memory that forgets on a "crash" what a real one may forget.
import type { Clock, DiskSpace, FileHandle, FileStat, Files, OpenMode } from '@rocketmq-ts/common';
import { fileSystemError } from '@rocketmq-ts/common';
import { MemoryFile } from './memory-file.js';
import { type HandleHost, MemoryFileHandle } from './memory-file-handle.js';
import { MemoryDirectory, MemoryTree, type Place } from './memory-tree.js';
import { SeededRandom } from './seeded-random.js';
import { PAGE_SIZE_BYTES } from './sparse-bytes.js';

const DEFAULT_CAPACITY_BYTES = 2 ** 40;

export interface MemoryFilesOptions {
  /** Size of the disk; writes beyond it fail with `ENOSPC`. Default: 1 TiB. */
  readonly capacityBytes?: number;
  /** Gives files their time of modification. Default: 0 for all. */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * `Files` in memory. `crash(seed)` is a loss of power: content since the last
 * `datasync` may be there wholly, partly (by sectors of 512 bytes, in any order)
 * or not at all, and names since the last `syncDirectorySync` of their directory
 * may be undone. `crashProcess` is kill -9: everything written stays. After both,
 * handles and locks of before are void.
 */
export class MemoryFiles implements Files {
  readonly #capacityBytes: number;
  readonly #clock: Pick<Clock, 'now'> | undefined;
  readonly #tree = new MemoryTree();
  readonly #locks = new Set<string>();
  #usedBytes = 0;
  /** Counts crashes: a handle of an earlier run is void. */
  #run = 0;

  constructor(options: MemoryFilesOptions = {}) {
    this.#capacityBytes = options.capacityBytes ?? DEFAULT_CAPACITY_BYTES;
    this.#clock = options.clock;
  }

  /** Loses power: the seed decides what is left. */
  crash(seed: number): void {
    const random = new SeededRandom(seed);
    this.#tree.crash(random);
    for (const file of this.#tree.files()) file.crash(random);
    this.crashProcess();
    this.#usedBytes = 0;
    for (const file of this.#tree.files()) {
      file.linked = true;
      this.#usedBytes += file.pageCount * PAGE_SIZE_BYTES;
    }
  }

  /** Kills the process that uses the files; the system lives on. */
  crashProcess(): void {
    this.#run++;
    this.#locks.clear();
  }

  openSync(path: string, mode: OpenMode): FileHandle {
    const { directory, name } = this.#tree.placeOf(path, 'open');
    let file = directory.names.get(name);
    if (file === undefined) {
      if (mode !== 'create') throw fileSystemError('ENOENT', `no such file or directory, open '${path}'`);
      file = new MemoryFile();
      file.modifiedMs = this.#now();
      this.#tree.change({ directory, name, node: file });
    }
    if (file instanceof MemoryDirectory)
      throw fileSystemError('EISDIR', `illegal operation on a directory, open '${path}'`);
    return new MemoryFileHandle(path, file, mode !== 'read', this.#hostFor(this.#run));
  }

  readFileSync(path: string): Buffer {
    const file = this.#tree.find(path);
    if (file === undefined) throw fileSystemError('ENOENT', `no such file or directory, open '${path}'`);
    if (file instanceof MemoryDirectory)
      throw fileSystemError('EISDIR', `illegal operation on a directory, read '${path}'`);
    const content = Buffer.alloc(file.sizeBytes);
    file.read(content, 0, content.length, 0);
    return content;
  }

  mkdirSync(path: string): void {
    let parent = '';
    for (const name of path.split('/')) {
      const current = `${parent}/${name}`;
      const node = this.#tree.find(current);
      if (node instanceof MemoryFile) throw fileSystemError('EEXIST', `file already exists, mkdir '${path}'`);
      if (node === undefined) {
        const place = this.#tree.placeOf(current, 'mkdir');
        this.#tree.change({ ...place, node: new MemoryDirectory() });
      }
      parent = current;
    }
  }

  readdirSync(path: string): string[] {
    const node = this.#tree.find(path);
    if (node === undefined) return [];
    if (node instanceof MemoryFile) throw fileSystemError('ENOTDIR', `not a directory, scandir '${path}'`);
    return [...node.names.keys()].sort();
  }

  statSync(path: string): FileStat | undefined {
    const node = this.#tree.find(path);
    if (node === undefined) return undefined;
    if (node instanceof MemoryDirectory)
      return { sizeBytes: PAGE_SIZE_BYTES, modifiedMs: node.modifiedMs, isDirectory: true };
    return { sizeBytes: node.sizeBytes, modifiedMs: node.modifiedMs, isDirectory: false };
  }

  renameSync(from: string, to: string): void {
    const source = this.#tree.placeOf(from, 'rename');
    const node = source.directory.names.get(source.name);
    if (node === undefined) throw fileSystemError('ENOENT', `no such file or directory, rename '${from}' -> '${to}'`);
    const target = this.#tree.placeOf(to, 'rename');
    const replaced = target.directory.names.get(target.name);
    if (replaced === node) return;
    if (replaced instanceof MemoryDirectory) {
      const code = replaced.names.size > 0 ? 'ENOTEMPTY' : node instanceof MemoryFile ? 'EISDIR' : undefined;
      if (code) throw fileSystemError(code, `the target is a directory, rename '${from}' -> '${to}'`);
    } else if (replaced && node instanceof MemoryDirectory) {
      throw fileSystemError('ENOTDIR', `the target is a file, rename '${from}' -> '${to}'`);
    }
    this.#tree.change({ ...target, node }, { ...source, node: undefined });
    if (replaced instanceof MemoryFile) this.#release(replaced);
  }

  unlinkSync(path: string): void {
    const node = this.#tree.find(path);
    if (node === undefined) return;
    if (node instanceof MemoryDirectory)
      throw fileSystemError('EISDIR', `illegal operation on a directory, unlink '${path}'`);
    this.#unlink(this.#tree.placeOf(path, 'unlink'), node);
  }

  async unlink(path: string): Promise<void> {
    this.unlinkSync(path);
  }

  removeSync(path: string): void {
    const node = this.#tree.find(path);
    if (node === undefined) return;
    const place = this.#tree.placeOf(path, 'rm');
    if (node instanceof MemoryFile) {
      this.#unlink(place, node);
      return;
    }
    for (const name of [...node.names.keys()]) this.removeSync(`${path}/${name}`);
    this.#tree.change({ ...place, node: undefined });
  }

  syncDirectorySync(path: string): void {
    const node = this.#tree.find(path);
    if (node === undefined) throw fileSystemError('ENOENT', `no such file or directory, open '${path}'`);
    if (node instanceof MemoryFile) throw fileSystemError('ENOTDIR', `not a directory, open '${path}'`);
    this.#tree.makeDurable(node);
  }

  async syncDirectory(path: string): Promise<void> {
    this.syncDirectorySync(path);
  }

  lockSync(path: string): () => void {
    if (this.#locks.has(path)) {
      throw fileSystemError('ELOCKED', `lock '${path}' is held: stop its holder or use another directory`);
    }
    this.openSync(path, 'create').closeSync();
    this.#locks.add(path);
    const run = this.#run;
    return () => {
      if (this.#run !== run) return;
      this.#locks.delete(path);
      this.unlinkSync(path);
    };
  }

  diskSpaceSync(_path: string): DiskSpace {
    return {
      totalBytes: this.#capacityBytes,
      usedBytes: this.#usedBytes,
      freeBytes: Math.max(0, this.#capacityBytes - this.#usedBytes),
    };
  }

  #unlink(place: Place, file: MemoryFile): void {
    this.#tree.change({ ...place, node: undefined });
    this.#release(file);
  }

  #release(file: MemoryFile): void {
    file.linked = false;
    this.#usedBytes -= file.pageCount * PAGE_SIZE_BYTES;
  }

  #now(): number {
    return this.#clock?.now() ?? 0;
  }

  #hostFor(run: number): HandleHost {
    return {
      mustBeAlive: (action, path) => {
        if (this.#run !== run)
          throw fileSystemError('EBADF', `the file was opened before a crash, ${action} '${path}'`);
      },
      now: () => this.#now(),
      mustHaveSpace: (file, position, length) => {
        const bytes = length === 0 || !file.linked ? 0 : file.missingPages(position, length) * PAGE_SIZE_BYTES;
        if (this.#usedBytes + bytes > this.#capacityBytes)
          throw fileSystemError('ENOSPC', 'no space left on device, write');
        this.#usedBytes += bytes;
      },
      shrunk: (file, pages) => {
        if (file.linked) this.#usedBytes -= pages * PAGE_SIZE_BYTES;
      },
    };
  }
}
