/**
 * The file `checkpoint` (4096 bytes): up to where log, queues and index are
 * durable, so that recovery need not look at what comes before.
 *
 * | at | field |
 * | --- | --- |
 * | 0 | physicMsgTimestamp: store time of the newest message in the flushed log |
 * | 8 | logicsMsgTimestamp: … in the flushed consume queues |
 * | 16 | indexMsgTimestamp: … in the flushed index files |
 * | 24 | masterFlushedOffset |
 * | 32 | confirmPhyOffset |
 * | 40 | logicsPhysicalOffset: place of the newest message in the flushed consume queues |
 *
 * Source: StoreCheckpoint.
 */
import { type FileHandle, type Files, getInt64, setInt64 } from '@rocketmq-ts/common';
import { moveDirectoryAway } from './stray-directory.js';

const FILE_SIZE_BYTES = 4096;
const USED_BYTES = 48;
/** The reference takes this off when it compares times. */
const SAFETY_MS = 3000;

/** Times in ms since the epoch, places in bytes of the log. */
export type CheckpointValues = Record<(typeof FIELDS)[number], number>;

const FIELDS = [
  'physicMsgTimestamp',
  'logicsMsgTimestamp',
  'indexMsgTimestamp',
  'masterFlushedOffset',
  'confirmPhyOffset',
  'logicsPhysicalOffset',
] as const;

function valuesOf(bytes: Uint8Array): CheckpointValues {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const entries = FIELDS.map((name, i) => {
    const value = getInt64(view, i * 8);
    return [name, Number.isSafeInteger(value) && value >= 0 ? value : 0];
  });
  return Object.fromEntries(entries) as CheckpointValues;
}

export class StoreCheckpoint {
  physicMsgTimestamp = 0;
  logicsMsgTimestamp = 0;
  indexMsgTimestamp = 0;
  masterFlushedOffset = 0;
  confirmPhyOffset = 0;
  logicsPhysicalOffset = 0;
  /** The file says nothing of queues: see `withdraw`. */
  isWithdrawn = false;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Opens the file, or makes an empty one; values that cannot be are taken as 0. */
  static open(files: Files, path: string): StoreCheckpoint {
    moveDirectoryAway(files, path);
    const handle = files.openSync(path, 'create');
    const bytes = new Uint8Array(USED_BYTES);
    handle.readSync(bytes, 0, USED_BYTES, 0);
    if (handle.sizeSync() !== FILE_SIZE_BYTES) handle.truncateSync(FILE_SIZE_BYTES);
    return Object.assign(new StoreCheckpoint(handle), valuesOf(bytes));
  }

  /** The values of a file that is only looked at. */
  static read(files: Files, path: string): CheckpointValues {
    const bytes = new Uint8Array(USED_BYTES);
    bytes.set(files.readFileSync(path).subarray(0, USED_BYTES));
    return valuesOf(bytes);
  }

  /** Messages stored before this are in log and queues. Source: StoreCheckpoint#getMinTimestamp. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - SAFETY_MS);
  }

  /** Writes the values and makes them durable. */
  async flush(): Promise<void> {
    this.#write(this);
    await this.#handle.datasync();
    this.isWithdrawn = false;
  }

  /** Makes the file say, durably and until the next `flush`, that queues may lack anything; the values here stay. */
  withdraw(): void {
    this.#write({ ...this, logicsMsgTimestamp: 0, logicsPhysicalOffset: 0 });
    this.#handle.datasyncSync();
    this.isWithdrawn = true;
  }

  #write(values: CheckpointValues): void {
    const view = new DataView(new ArrayBuffer(USED_BYTES));
    for (const [i, name] of FIELDS.entries()) setInt64(view, i * 8, values[name]);
    this.#handle.writeSync(new Uint8Array(view.buffer), 0, USED_BYTES, 0);
  }

  close(): void {
    this.#handle.closeSync();
  }
}
