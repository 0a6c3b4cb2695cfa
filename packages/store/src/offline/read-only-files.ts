/** A file system that can be looked at and not changed: what the off-line tools read stores with. */
import type { DiskSpace, FileHandle, FileStat, Files, OpenMode } from '@rocketmq-ts/common';

/** Opens every file for reading, whatever was asked for; throws on everything that would change something. */
export class ReadOnlyFiles implements Files {
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  openSync(path: string, _mode: OpenMode): FileHandle {
    return this.#files.openSync(path, 'read');
  }

  readFileSync(path: string): Buffer {
    return this.#files.readFileSync(path);
  }

  readdirSync(path: string): string[] {
    return this.#files.readdirSync(path);
  }

  statSync(path: string): FileStat | undefined {
    return this.#files.statSync(path);
  }

  diskSpaceSync(path: string): DiskSpace {
    return this.#files.diskSpaceSync(path);
  }

  mkdirSync(path: string): void {
    refuse('mkdir', path);
  }

  renameSync(from: string, _to: string): void {
    refuse('rename', from);
  }

  unlinkSync(path: string): void {
    refuse('unlink', path);
  }

  async unlink(path: string): Promise<void> {
    refuse('unlink', path);
  }

  removeSync(path: string): void {
    refuse('remove', path);
  }

  syncDirectorySync(path: string): void {
    refuse('sync', path);
  }

  async syncDirectory(path: string): Promise<void> {
    refuse('sync', path);
  }

  lockSync(path: string): () => void {
    return refuse('lock', path);
  }
}

function refuse(action: string, path: string): never {
  throw new Error(`a store that is only looked at is not to be changed: ${action} '${path}'`);
}
