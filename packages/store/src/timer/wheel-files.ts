/**
 * The wheel on disk: the file `timerwheel`, 38,707,200 bytes of which only pages
 * in use take space, or whole snapshots `timerwheel.<end of the timer log>`.
 * Source: TimerWheel.
 */
import { type FileHandle, type Files, isFileSystemError, type Logger } from '@rocketmq-ts/common';
import { WHEEL_BYTES, WHEEL_PAGE_BYTES, type WheelPage } from './timer-wheel.js';

export interface WheelFilesOptions {
  readonly files: Files;
  /** `storePathRootDir`. */
  readonly root: string;
  readonly logger: Logger;
}

/** A file to begin with. */
export interface WheelBase {
  readonly path: string;
  /** End of the timer log when a snapshot was made; undefined for the plain file. */
  readonly snapshotPosition: number | undefined;
}

const NAME = 'timerwheel';
const KEPT_SNAPSHOTS = 2;
const READ_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(WHEEL_PAGE_BYTES);

export class WheelFiles {
  readonly #options: WheelFilesOptions;
  #handle: FileHandle | undefined;
  #isNew = false;

  constructor(options: WheelFilesOptions) {
    this.#options = options;
  }

  /** The newest whole snapshot, or else the plain file; undefined when there is neither. */
  base(): WheelBase | undefined {
    const position = this.#snapshots().find((at) => this.#isWhole(this.#snapshotPath(at)));
    if (position !== undefined) return { path: this.#snapshotPath(position), snapshotPosition: position };
    return this.#isWhole(this.#path) ? { path: this.#path, snapshotPosition: undefined } : undefined;
  }

  /** The pages of a file that have anything in them. */
  *read({ path }: WheelBase): Iterable<WheelPage> {
    const handle = this.#options.files.openSync(path, 'read');
    try {
      const chunk = Buffer.alloc(READ_BYTES);
      for (let at = 0; at < WHEEL_BYTES; at += READ_BYTES) {
        const length = handle.readSync(chunk, 0, Math.min(READ_BYTES, WHEEL_BYTES - at), at);
        for (let inChunk = 0; inChunk + WHEEL_PAGE_BYTES <= length; inChunk += WHEEL_PAGE_BYTES) {
          if (chunk.compare(ZEROS, 0, WHEEL_PAGE_BYTES, inChunk, inChunk + WHEEL_PAGE_BYTES) === 0) continue;
          const bytes = chunk.subarray(inChunk, inChunk + WHEEL_PAGE_BYTES);
          yield { index: (at + inChunk) / WHEEL_PAGE_BYTES, bytes };
        }
      }
    } finally {
      handle.closeSync();
    }
  }

  /** Writes pages into the plain file; they reach the operating system. */
  write(pages: readonly WheelPage[]): void {
    const handle = this.#open();
    for (const { index, bytes } of pages) handle.writeSync(bytes, 0, WHEEL_PAGE_BYTES, index * WHEEL_PAGE_BYTES);
  }

  /** Makes the plain file durable. */
  async sync(): Promise<void> {
    await this.#handle?.datasync();
    if (this.#isNew) this.#options.files.syncDirectorySync(this.#options.root);
    this.#isNew = false;
  }

  /** Writes a whole wheel beside the others; the two newest stay. Source: TimerWheel#backup. */
  async writeSnapshot(pages: Iterable<WheelPage>, position: number): Promise<void> {
    const { files, root } = this.#options;
    const path = this.#snapshotPath(position);
    files.unlinkSync(`${path}.tmp`);
    const handle = files.openSync(`${path}.tmp`, 'create');
    try {
      handle.truncateSync(WHEEL_BYTES);
      for (const { index, bytes } of pages) handle.writeSync(bytes, 0, WHEEL_PAGE_BYTES, index * WHEEL_PAGE_BYTES);
      await handle.datasync();
    } finally {
      handle.closeSync();
    }
    files.renameSync(`${path}.tmp`, path);
    files.syncDirectorySync(root);
    this.#removeSnapshots(this.#snapshots().slice(KEPT_SNAPSHOTS));
  }

  /** Removes all snapshots: the plain file is newer. */
  dropSnapshots(): void {
    this.#removeSnapshots(this.#snapshots());
  }

  /** Removes every file of the wheel. */
  clear(): void {
    this.close();
    this.#options.files.unlinkSync(this.#path);
    this.dropSnapshots();
  }

  close(): void {
    this.#handle?.closeSync();
    this.#handle = undefined;
  }

  get #path(): string {
    return `${this.#options.root}/${NAME}`;
  }

  #snapshotPath(position: number): string {
    return `${this.#path}.${position}`;
  }

  /** Positions of the snapshots, newest first. */
  #snapshots(): number[] {
    return this.#options.files
      .readdirSync(this.#options.root)
      .filter((name) => name.startsWith(`${NAME}.`) && /^\d{1,15}$/.test(name.slice(NAME.length + 1)))
      .map((name) => Number(name.slice(NAME.length + 1)))
      .sort((a, b) => b - a);
  }

  #removeSnapshots(positions: readonly number[]): void {
    for (const position of positions) this.#options.files.unlinkSync(this.#snapshotPath(position));
  }

  #isWhole(path: string): boolean {
    return this.#options.files.statSync(path)?.sizeBytes === WHEEL_BYTES;
  }

  #open(): FileHandle {
    if (this.#handle !== undefined) return this.#handle;
    const { files } = this.#options;
    this.#isNew = files.statSync(this.#path) === undefined;
    const handle = files.openSync(this.#path, 'create');
    try {
      if (handle.sizeSync() !== WHEEL_BYTES) handle.truncateSync(WHEEL_BYTES);
    } catch (error) {
      handle.closeSync();
      if (isFileSystemError(error)) this.#options.logger.error('the timer wheel has no room', { path: this.#path });
      throw error;
    }
    this.#handle = handle;
    return handle;
  }
}
