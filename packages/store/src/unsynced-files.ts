/** Which files of a queue were written and are not durable yet, and the stroke of another thread that is under way to one of them. */
import type { FileQueue } from './file-queue.js';
import type { QueueStroke } from './queue-stroke.js';

const NOTHING = new Uint8Array(0);

export class UnsyncedFiles {
  readonly #files: FileQueue;
  #starts: number[] = [];
  /** Ends the stroke that is under way. */
  #endStroke: (() => void) | undefined;

  constructor(files: FileQueue) {
    this.#files = files;
  }

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  /** A stroke is under way. */
  get isStruck(): boolean {
    return this.#endStroke !== undefined;
  }

  /** The file that begins at `start` was written. */
  add(start: number): void {
    if (!this.#starts.includes(start)) this.#starts.push(start);
  }

  /** Bytes for the file that begins at `start`, for another thread to write. Tells `written` when it has ended well. */
  strokeTo(start: number, position: number, bytes: Uint8Array, written?: () => void): QueueStroke {
    return {
      path: this.#files.pathOf(start),
      isNew: !this.#files.has(start),
      fileSizeBytes: this.#files.fileSizeBytes,
      position,
      bytes,
      begun: (endStroke) => {
        this.#endStroke = () => {
          if (endStroke()) this.#adopt(start);
        };
      },
      ended: (aim) => {
        if (this.#endStroke === undefined) return false;
        this.#endStroke = undefined;
        this.#adopt(start);
        if (aim === 'durable') this.#starts = this.#starts.filter((other) => other !== start);
        written?.();
        return true;
      },
    };
  }

  /** What `datasync` would do, for another thread to do: a stroke of no bytes. Undefined when it is not about one file. */
  flushStroke(): QueueStroke | undefined {
    const [start, ...others] = this.#starts;
    if (start === undefined || others.length > 0 || this.isStruck || !this.#files.has(start)) return undefined;
    return this.strokeTo(start, 0, NOTHING);
  }

  /** Ends a stroke that is under way: from now on the files are as they seem. */
  settle(): void {
    const end = this.#endStroke;
    this.#endStroke = undefined;
    end?.();
  }

  /**
   * Makes what was written durable. Names of new files are left to the system: a
   * file that a power cut takes is missed by the manifest and made again.
   */
  async datasync(): Promise<void> {
    const starts = this.#starts;
    this.#starts = [];
    for (const start of starts) {
      if (this.#files.has(start)) await this.#files.datasync(start);
    }
  }

  /** Another thread has written to the file. */
  #adopt(start: number): void {
    this.#files.adopt(start);
    this.add(start);
  }
}
