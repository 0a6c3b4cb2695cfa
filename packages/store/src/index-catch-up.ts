/**
 * Brings the index up to the log while the store is in use: it was lost, damaged
 * or left behind. Bit by bit, so that messages do not wait for it; what
 * comes in meanwhile is indexed in its turn.
 */
import type { Clock, Files, Logger, Timer } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import type { MessageStoreConfig } from './config.js';
import type { IndexService } from './index-service.js';
import { LogScan } from './recovery.js';
import type { StoreCheckpoint } from './store-checkpoint.js';

/** Bytes of log that are read at a time. */
const SLICE_BYTES = 256 * 1024;
const PAUSE_MS = 3;
/** The end of the log, which may have changed since it was read with what comes before it. */
const FRESH_BYTES = 16 * 1024 * 1024;
/** After so many slices it is seen whether messages come faster than they are indexed. */
const SLICES_PER_ROUND = 64;

export interface IndexCatchUpOptions {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: CommitLog;
  readonly index: IndexService;
  readonly config: { readonly storePathRootDir: string; readonly maxMessageSize: number };
  readonly logger: Logger;
}

export class IndexCatchUp {
  readonly #options: IndexCatchUpOptions;
  readonly #scan: LogScan;
  #timer: Timer | undefined;
  #offset = 0;
  #slices = 0;
  #lastGap = Number.MAX_SAFE_INTEGER;
  #pauseMs = PAUSE_MS;

  constructor(options: IndexCatchUpOptions) {
    this.#options = options;
    const { log, index, config, logger } = options;
    this.#scan = new LogScan({
      log,
      maxMessageSize: config.maxMessageSize,
      checkCrc: false,
      // The index does not know delivery times.
      deliverTime: () => 0,
      message: (message) => index.put(message),
      logger,
    });
  }

  /** The index lacks older messages: new ones must wait for their turn. */
  get isBehind(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins at `offset` of the log. */
  start(offset: number): void {
    this.#offset = offset;
    this.#options.logger.warn('the index is brought up to the log while the store is in use', { offset });
    this.#again();
  }

  /** Ends the work; when it is not finished, the next start goes on with it. */
  stop(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    const { files, config } = this.#options;
    files.openSync(behindPath(config.storePathRootDir), 'create').closeSync();
    files.syncDirectorySync(config.storePathRootDir);
  }

  #again(): void {
    this.#timer = this.#options.clock.setTimer(this.#pauseMs, () => this.#step(), { background: true });
  }

  #step(): void {
    const { log, logger } = this.#options;
    const begin = Math.max(this.#offset, log.minOffset);
    const stopAt = Math.min(begin + SLICE_BYTES, log.maxOffset);
    // What was read ahead near the end has been written to since.
    if (log.maxOffset - begin < FRESH_BYTES) this.#scan.forget();
    this.#offset = this.#scan.run(begin, stopAt).endOffset;
    if (this.#offset >= log.maxOffset) {
      this.#timer = undefined;
      logger.info('the index is up to the log', { offset: this.#offset });
      return;
    }
    if (this.#offset < stopAt) {
      // Such a place has come to be since the start; the keys up to the next file are lost.
      logger.error('the log cannot be read here for the index', { offset: this.#offset });
      this.#offset = Math.min(log.files.startOf(this.#offset) + log.files.fileSizeBytes, log.maxOffset);
    }
    this.#adapt(log.maxOffset - this.#offset);
    this.#again();
  }

  /** Works without a pause as long as it would never come to an end otherwise. */
  #adapt(gapBytes: number): void {
    if (++this.#slices % SLICES_PER_ROUND !== 0) return;
    this.#pauseMs = gapBytes >= this.#lastGap ? 0 : this.#pauseMs;
    this.#lastGap = gapBytes;
  }
}

function behindPath(root: string): string {
  return `${root}/index.behind`;
}

/** True when a store was closed before its index was up to the log. The mark is taken away. */
function takeBehindMark(files: Files, root: string): boolean {
  const wasBehind = files.statSync(behindPath(root)) !== undefined;
  if (wasBehind) files.unlinkSync(behindPath(root));
  return wasBehind;
}

/** What is asked of the store when it is opened. */
export interface IndexParts extends Pick<IndexCatchUpOptions, 'files' | 'log' | 'index'> {
  readonly checkpoint: Pick<StoreCheckpoint, 'indexMsgTimestamp'>;
  readonly config: Pick<MessageStoreConfig, 'storePathRootDir' | 'messageIndexEnable' | 'indexFileWriteEnable'>;
}

/**
 * Opens the index; answers from where on the log is to be looked at for keys that it lacks, undefined when there is
 * no index, or nothing but what follows the check point.
 */
export function loadIndex(
  { log, index, checkpoint, config, files }: IndexParts,
  lastExitOk: boolean,
): number | undefined {
  const dropped = index.load(lastExitOk, checkpoint.indexMsgTimestamp);
  if (!config.messageIndexEnable || !config.indexFileWriteEnable) return undefined;
  const wasBehind = takeBehindMark(files, config.storePathRootDir);
  const isGone = index.fileCount === 0 && checkpoint.indexMsgTimestamp > 0;
  const isDue = dropped || wasBehind || isGone || !lastExitOk;
  return isDue ? Math.max(index.endPhysicalOffset, log.minOffset) : log.files.endOffset;
}
