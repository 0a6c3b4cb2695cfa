/**
 * The file `config/timercheck` (4096 bytes, of which 56 are used): how far
 * messages were put into the wheel and taken out of it.
 *
 * | at | field |
 * | --- | --- |
 * | 0 | lastReadTimeMs: the slots before it are done |
 * | 8 | lastTimerLogFlushPos: the timer log is durable before it |
 * | 16 | lastTimerQueueOffset: of the next message of rmq_sys_wheel_timer |
 * | 24 | masterTimerQueueOffset: the same on the master |
 * | 32 | state version, timestamp and counter of the data version |
 *
 * Source: TimerCheckpoint.
 */
import { DataVersion, type Files, getInt64, makeDirectoryDurable, setInt64 } from '@rocketmq-ts/common';
import { moveDirectoryAway } from '../stray-directory.js';

/** What the check point takes of its file, and the whole of the answer to GET_TIMER_CHECK_POINT. */
const TIMER_CHECKPOINT_BYTES = 56;
const FILE_SIZE_BYTES = 4096;

/** What the check point says. */
export interface TimerProgress {
  readonly lastReadTimeMs: number;
  readonly lastTimerLogFlushPos: number;
  readonly lastTimerQueueOffset: number;
  readonly masterTimerQueueOffset: number;
}

const FIELDS = ['lastReadTimeMs', 'lastTimerLogFlushPos', 'lastTimerQueueOffset', 'masterTimerQueueOffset'] as const;

/** The bytes of the file that are used, and of the answer to GET_TIMER_CHECK_POINT. */
export function encodeTimerCheckpoint(progress: TimerProgress, version: DataVersion): Buffer {
  const bytes = Buffer.alloc(TIMER_CHECKPOINT_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  FIELDS.forEach((field, i) => {
    setInt64(view, i * 8, progress[field]);
  });
  setInt64(view, 32, version.stateVersion);
  setInt64(view, 40, version.timestamp);
  setInt64(view, 48, version.counter);
  return bytes;
}

/** What the bytes say; undefined when they can not be a check point, or one that was never filled. */
export function decodeTimerCheckpoint(
  bytes: Uint8Array,
): { readonly progress: TimerProgress; readonly version: DataVersion } | undefined {
  if (bytes.length < TIMER_CHECKPOINT_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Array.from({ length: TIMER_CHECKPOINT_BYTES / 8 }, (_, i) => getInt64(view, i * 8));
  if (!values.every((value) => Number.isSafeInteger(value) && value >= 0)) return undefined;
  const [lastReadTimeMs = 0, lastTimerLogFlushPos = 0, lastTimerQueueOffset = 0, masterTimerQueueOffset = 0] = values;
  if (lastReadTimeMs === 0) return undefined;
  const [stateVersion = 0, timestamp = 0, counter = 0] = values.slice(FIELDS.length);
  return {
    progress: { lastReadTimeMs, lastTimerLogFlushPos, lastTimerQueueOffset, masterTimerQueueOffset },
    version: new DataVersion(timestamp, counter, stateVersion),
  };
}

/** The file, and the one before it as a copy beside it: without it nobody knows what was delivered. */
export class TimerCheckpointFile {
  readonly #files: Files;
  readonly #directory: string;
  #isMade = false;

  /** `directory` is the store's `config`. */
  constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** What the file says, or its copy; undefined when neither can be read. */
  read(): ReturnType<typeof decodeTimerCheckpoint> {
    for (const path of [this.#path, this.#copyPath]) {
      if (this.#files.statSync(path) === undefined) continue;
      const found = decodeTimerCheckpoint(this.#files.readFileSync(path));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * Puts a durable file in the place of the old one: parts of a new time with the rest of the old one might lie far
   * ahead. One call at a time.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const files = this.#files;
    const next = `${this.#path}.tmp`;
    if (!this.#isMade) makeDirectoryDurable(files, this.#directory);
    this.#isMade = true;
    for (const path of [this.#path, this.#copyPath, next]) moveDirectoryAway(files, path);
    const handle = files.openSync(next, 'create');
    try {
      handle.truncateSync(FILE_SIZE_BYTES);
      handle.writeSync(bytes, 0, TIMER_CHECKPOINT_BYTES, 0);
      await handle.datasync();
    } finally {
      handle.closeSync();
    }
    if (files.statSync(this.#path) !== undefined) files.renameSync(this.#path, this.#copyPath);
    files.renameSync(next, this.#path);
    await files.syncDirectory(this.#directory);
  }

  get #path(): string {
    return `${this.#directory}/timercheck`;
  }

  get #copyPath(): string {
    return `${this.#path}.bak`;
  }
}
