/** What the store may do at this moment, as bits with the reference's values. Source: RunningFlags. */
import type { StoreFlags } from './api.js';

const NOT_READABLE = 1;
const NOT_WRITABLE = 1 << 1;
const LOGICS_QUEUE_ERROR = 1 << 2;
const INDEX_FILE_ERROR = 1 << 3;
const DISK_FULL = 1 << 4;
const FENCED = 1 << 5;
const LOGIC_DISK_FULL = 1 << 6;

const NAMES: readonly [number, string][] = [
  [NOT_READABLE, 'not readable'],
  [NOT_WRITABLE, 'stopped by an error'],
  [LOGICS_QUEUE_ERROR, 'consume queue error'],
  [INDEX_FILE_ERROR, 'index error'],
  [DISK_FULL, 'disk full'],
  [FENCED, 'fenced'],
  [LOGIC_DISK_FULL, 'consume queue disk full'],
];

/** Why the disk counts as full: its use is above the warning level, or a write was refused. */
export type DiskFullReason = 'level' | 'write';

export class RunningFlags {
  #bits = 0;
  readonly #diskFull = new Set<DiskFullReason>();
  /** What happened, for operators. */
  #cause = '';

  get bits(): number {
    return this.#bits;
  }

  get readable(): boolean {
    return (this.#bits & NOT_READABLE) === 0;
  }

  get writable(): boolean {
    return (this.#bits & ~NOT_READABLE) === 0;
  }

  get failed(): boolean {
    return (this.#bits & (NOT_WRITABLE | LOGICS_QUEUE_ERROR | INDEX_FILE_ERROR)) !== 0;
  }

  get diskFull(): boolean {
    return (this.#bits & (DISK_FULL | LOGIC_DISK_FULL)) !== 0;
  }

  /** Sets or takes back one reason why the disk counts as full; answers true when that is news. */
  setDiskFull(reason: DiskFullReason, full: boolean, cause = ''): boolean {
    const before = this.#diskFull.size;
    if (full) this.#diskFull.add(reason);
    else this.#diskFull.delete(reason);
    this.#bits = this.#diskFull.size > 0 ? this.#bits | DISK_FULL : this.#bits & ~DISK_FULL;
    if (full) this.#cause = cause;
    return before !== this.#diskFull.size;
  }

  /** For good: only a restart takes it back. */
  setFailed(cause: string): void {
    this.#bits |= NOT_WRITABLE;
    this.#cause = cause;
  }

  get snapshot(): StoreFlags {
    const { readable, writable, diskFull, failed } = this;
    const names = NAMES.filter(([bit]) => (this.#bits & bit) !== 0).map(([, name]) => name);
    const reason = names.length === 0 ? '' : `${names.join(', ')}${this.#cause === '' ? '' : `: ${this.#cause}`}`;
    return { readable, writable, diskFull, failed, reason };
  }
}
