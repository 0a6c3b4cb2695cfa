// An open file of the operating system: positional reads and writes over one descriptor, see `FileHandle`.
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  read as readCallback,
  readSync,
  writeSync,
} from 'node:fs';
import { fileSystemError } from '../ports/file-system-error.js';
import type { FileHandle } from '../ports/files.js';

const CLOSED = -1;

/** As `FileHandle#readSync`, by the descriptor that a handle of any thread has: it must stay open meanwhile. */
export function readDescriptorSync(
  descriptor: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number {
  let total = 0;
  while (total < length) {
    const count = readSync(descriptor, buffer, offset + total, length - total, position + total);
    if (count === 0) break;
    total += count;
  }
  return total;
}

/**
 * A descriptor opened by `NodeFiles`. Use after `closeSync` throws `EBADF`;
 * asynchronous calls that are under way at that moment finish first, since the
 * number of a closed descriptor may be given to another file.
 */
export class NodeFileHandle implements FileHandle {
  readonly path: string;
  #descriptor: number;
  #underWay = 0;
  #closing = false;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  get descriptor(): number | undefined {
    return this.#closing ? undefined : this.#descriptor;
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    const descriptor = this.#open('write');
    let written = writeSync(descriptor, buffer, offset, length, position);
    while (written < length) {
      const more = writeSync(descriptor, buffer, offset + written, length - written, position + written);
      if (more === 0) throw fileSystemError('EIO', `the system takes no more bytes, write '${this.path}'`);
      written += more;
    }
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    return readDescriptorSync(this.#open('read'), buffer, offset, length, position);
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    this.#open('read');
    this.#underWay++;
    try {
      let total = 0;
      while (total < length) {
        const count = await this.#readOnce(buffer, offset + total, length - total, position + total);
        if (count === 0) break;
        total += count;
      }
      return total;
    } finally {
      this.#finished();
    }
  }

  datasync(): Promise<void> {
    return new Promise((resolve, reject) => {
      const descriptor = this.#open('datasync');
      this.#underWay++;
      fdatasync(descriptor, (error) => {
        this.#finished();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  datasyncSync(): void {
    fdatasyncSync(this.#open('datasync'));
  }

  truncateSync(sizeBytes: number): void {
    ftruncateSync(this.#open('truncate'), sizeBytes);
  }

  sizeSync(): number {
    return fstatSync(this.#open('stat')).size;
  }

  closeSync(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#underWay === 0) this.#release();
  }

  #open(action: string): number {
    if (this.#closing) throw fileSystemError('EBADF', `file is closed, ${action} '${this.path}'`);
    return this.#descriptor;
  }

  #readOnce(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      readCallback(this.#descriptor, buffer, offset, length, position, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }

  #finished(): void {
    this.#underWay--;
    if (this.#closing && this.#underWay === 0) this.#release();
  }

  #release(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    closeSync(descriptor);
  }
}
