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
import {
  DataVersion,
  type FileHandle,
  type Files,
  getInt64,
  makeDirectoryDurable,
  setInt64,
} from '@rocketmq-ts/common';

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

/** What a file and its copy say. */
export type FoundTimerCheckpoint = NonNullable<ReturnType<typeof decodeTimerCheckpoint>>;

/**
 * Which of two is to be believed: the later one. A write that was cut short has new values, perhaps parts of them, and
 * the old version, which stands behind them; parts of a new value make none that is less than the old one.
 */
export function believable(
  file: FoundTimerCheckpoint | undefined,
  copy: FoundTimerCheckpoint | undefined,
): FoundTimerCheckpoint | undefined {
  if (file === undefined || copy === undefined) return file ?? copy;
  const later = file.version.counter - copy.version.counter || file.version.timestamp - copy.version.timestamp;
  if (later !== 0) return later > 0 ? file : copy;
  return FIELDS.some((field) => file.progress[field] > copy.progress[field]) ? copy : file;
}

/** The file, and a copy of it beside it: without it nobody knows what was delivered. */
export class TimerCheckpointFile {
  readonly #files: Files;
  readonly #directory: string;
  #handles: readonly FileHandle[] = [];

  /** `directory` is the store's `config`. */
  constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** What the file says, or its copy; undefined when neither can be read. */
  read(): FoundTimerCheckpoint | undefined {
    const [file, copy] = this.#paths.map((path) =>
      this.#files.statSync(path) === undefined ? undefined : decodeTimerCheckpoint(this.#files.readFileSync(path)),
    );
    return believable(file, copy);
  }

  /** Writes both and makes the first durable. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#handles.length === 0) this.#open();
    for (const handle of this.#handles) handle.writeSync(bytes, 0, TIMER_CHECKPOINT_BYTES, 0);
    await this.#handles[0]?.datasync();
  }

  close(): void {
    for (const handle of this.#handles) handle.closeSync();
    this.#handles = [];
  }

  get #paths(): readonly string[] {
    return [`${this.#directory}/timercheck`, `${this.#directory}/timercheck.bak`];
  }

  #open(): void {
    makeDirectoryDurable(this.#files, this.#directory);
    const handles: FileHandle[] = [];
    try {
      for (const path of this.#paths) {
        const handle = this.#files.openSync(path, 'create');
        handles.push(handle);
        if (handle.sizeSync() !== FILE_SIZE_BYTES) handle.truncateSync(FILE_SIZE_BYTES);
      }
      this.#files.syncDirectorySync(this.#directory);
    } catch (error) {
      for (const handle of handles) handle.closeSync();
      throw error;
    }
    this.#handles = handles;
  }
}
