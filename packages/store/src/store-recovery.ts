/** Brings log, queues and index to one state when the store is opened. */
import type { Files, Logger } from '@rocketmq-ts/common';
import type { NewestMessage } from './checkpoint-service.js';
import type { CommitLog } from './commit-log.js';
import type { CommitLogDirectories } from './commit-log-directories.js';
import type { MessageStoreConfig } from './config.js';
import type { AnyConsumeQueue, DispatchedMessage } from './consume-queue-interface.js';
import type { ConsumeQueueStore } from './consume-queue-store.js';
import { keepGivenOffsets } from './given-offsets.js';
import { loadIndex } from './index-catch-up.js';
import type { IndexService } from './index-service.js';
import { allowsLightQueues, LIGHT_QUEUE_ID, statedPlaces } from './light-queues.js';
import { cutLog } from './log-cut.js';
import { loadLog } from './log-loading.js';
import { findMissing } from './queue-comparison.js';
import { QueueEnds } from './queue-ends.js';
import { isSafeName } from './queue-family.js';
import { readManifest, withdrawManifest, writeManifest } from './queue-manifest.js';
import { skipsConsumeQueue } from './record-layout.js';
import type { DeliverTime, DispatchRequest } from './record-reader.js';
import { LogScan, type ScanResult } from './recovery.js';
import type { StoreCheckpoint } from './store-checkpoint.js';
import { writeAbort } from './store-parts.js';

export interface RecoveryParts {
  readonly log: CommitLog;
  readonly directories: CommitLogDirectories;
  readonly queues: ConsumeQueueStore;
  readonly index: IndexService;
  readonly checkpoint: StoreCheckpoint;
  readonly config: MessageStoreConfig;
  readonly files: Files;
  readonly logger: Logger;
  readonly deliverTime: DeliverTime;
  /** Bytes of log that the index may be behind and still be brought up before the store is open. */
  readonly indexInlineBytes?: number | undefined;
}

/** Damaged queues that are made again one by one, and the log that is read for one of them. */
const MAX_SINGLE_REPAIRS = 3;
const SINGLE_REPAIR_BYTES = 256 * 1024 * 1024;
const INDEX_INLINE_BYTES = 16 * 1024 * 1024;

/** What is left to be done when the store is open. */
export interface RecoveryResult {
  /** The index lacks the messages of the log from here on. */
  readonly indexFrom: number | undefined;
  /** The message with which the log ends. */
  readonly newest: NewestMessage | undefined;
}

/** Source: DefaultMessageStore#load, CommitLog#recoverNormally, #recoverAbnormally. */
export async function recoverStore(parts: RecoveryParts): Promise<RecoveryResult> {
  const { log, queues, index, config, files, logger } = parts;
  const root = config.storePathRootDir;
  const lastExitOk = files.statSync(`${root}/abort`) === undefined;
  loadLog(parts);
  await queues.load();
  if (log.files.count === 0) {
    logger.info('no commit log: queues and index, if any, are dropped', { topics: queues.topicCount });
    for (const topic of queues.topics()) queues.deleteTopic(topic);
    index.load(true, 0);
    index.destroy();
    log.setEnd(0);
    // The queues that are made from now on are known to be new, should the first check point never come.
    await writeManifest(files, root, 0, new QueueEnds());
    return { indexFrom: undefined, newest: undefined };
  }
  const indexStart = loadIndex(parts, lastExitOk);
  const recovery = new Recovery(parts);
  // One of its own: it may come while the log is read for all.
  let repairs = 0;
  queues.repair = (queue) => new Recovery(parts).repair(queue, ++repairs <= MAX_SINGLE_REPAIRS);
  const indexFrom = await recovery.run(lastExitOk, indexStart);
  await makeDurable(parts, recovery.startOffset);
  return { indexFrom, newest: recovery.newest };
}

/**
 * A run that was killed, or a start that was, has left bytes and names that only the system knows. They are readable,
 * so they must not go with the next power cut: what comes behind them may be acknowledged as durable.
 */
async function makeDurable({ log, directories, files, config }: RecoveryParts, startOffset: number): Promise<void> {
  for (const start of log.files.starts) {
    if (start + log.files.fileSizeBytes > startOffset) await log.files.datasync(start);
  }
  // Also those that files were deleted from: none of them must come back when later ones, elsewhere, do not.
  for (const directory of directories.all)
    if (files.statSync(directory) !== undefined) files.syncDirectorySync(directory);
  const queues = `${config.storePathRootDir}/consumequeue`;
  if (files.statSync(queues) !== undefined) files.syncDirectorySync(queues);
}

/** One recovery: where to begin, one or two passes over the log, the cut. */
class Recovery {
  readonly #parts: RecoveryParts;
  /** Queues that lack messages from before the place where the pass began. */
  readonly #short = new Set<AnyConsumeQueue>();
  /** The pass began at the start of the log: what is missing then is missing for good. */
  #fromStart = false;
  /** The only queue that is to get messages; undefined: all. */
  #only: AnyConsumeQueue | undefined;
  #indexes = false;
  /** Where the log was read from. */
  startOffset = 0;
  #lastOffset = 0;
  #lastTimestamp = 0;
  #recovered = 0;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  get newest(): NewestMessage | undefined {
    if (this.#recovered === 0) return undefined;
    return { physicalOffset: this.#lastOffset, storeTimestamp: this.#lastTimestamp };
  }

  /**
   * Makes up for messages that a queue lacks although it had them at the check point: the end of its file is
   * damaged. Found when it is first used. Reads the log from its last message on, or all of it for all queues.
   */
  repair(queue: AnyConsumeQueue, mayBeAlone: boolean): void {
    const { log, queues, logger } = this.#parts;
    const { expectedMaxOffset } = queue;
    const endIsKnown = log.maxOffset > 0;
    const limit = endIsKnown ? log.maxOffset : log.files.endOffset;
    this.#withdrawCheckpoint();
    // Each costs a walk over the log: when there are many or long ones to expect, one walk for all is less.
    const alone = mayBeAlone && limit - queue.physicalEnd <= SINGLE_REPAIR_BYTES;
    const start = alone ? Math.max(queue.physicalEnd, log.minOffset) : log.minOffset;
    const fields = { queue: queue.toString(), expectedMaxOffset, start };
    logger.error('a consume queue is damaged and is made again from the log', fields);
    this.#fromStart = true;
    this.#indexes = false;
    this.#only = alone ? queue : undefined;
    if (!alone) queues.manifestHolds = false;
    this.#scan((message) => this.#dispatch(message)).run(start, limit);
    // Messages that the log has deleted do not come back, but their offsets are not given to others;
    // unless it has lost its end, which is not known while it is read.
    if (endIsKnown && queue.maxOffset < expectedMaxOffset) queue.skipTo?.(expectedMaxOffset);
    if (endIsKnown && !alone) keepGivenOffsets(this.#parts, limit);
    queues.markDirty(queue);
  }

  /** Answers from where on the index lacks messages that were too many to be added here. */
  async run(lastExitOk: boolean, indexStart: number | undefined): Promise<number | undefined> {
    const { log, queues, checkpoint, logger, config, files } = this.#parts;
    let start = this.#queuesAreShort(lastExitOk) ? this.#withdrawCheckpoint() : this.#startOffset();
    const indexFrom = Math.min(indexStart ?? start, start);
    this.#indexes =
      indexStart !== undefined && start - indexFrom <= (this.#parts.indexInlineBytes ?? INDEX_INLINE_BYTES);
    if (this.#indexes) start = indexFrom;
    this.startOffset = start;
    // After a power cut the newest entries of a queue may be there and older ones not. When it is not known how many
    // were durable, those that are made again from the log anyway are not believed.
    const trustedEnd = lastExitOk || queues.manifestHolds ? log.files.endOffset : start;
    queues.setRecoveredEnd(trustedEnd);
    let result = this.#pass(start);
    if (this.#short.size > 0 && start > log.minOffset) {
      logger.warn('consume queues lack messages and are made again from the log', { queues: this.#short.size });
      result = this.#pass(this.#withdrawCheckpoint());
    }
    const end = result.endOffset;
    // The log has lost what the manifest speaks of: where queues end is to be found out.
    if (end <= checkpoint.logicsPhysicalOffset) queues.manifestHolds = false;
    const cut = cutLog(files, log, end, `${config.storePathRootDir}/damaged`);
    log.setEnd(end);
    queues.setRecoveredEnd(Math.min(trustedEnd, end));
    await this.#truncateQueues(end);
    keepGivenOffsets(this.#parts, end);
    checkpoint.confirmPhyOffset = this.#lastOffset;
    this.#report(lastExitOk, start, result, cut.droppedBytes, cut.setAside);
    return indexStart === undefined || this.#indexes ? undefined : indexFrom;
  }

  /**
   * A queue, or all of them, are made again from the log. Until the next check point neither that nor the manifest says what is
   * in their files, should this run end before. Answers where the log begins.
   */
  #withdrawCheckpoint(): number {
    const { checkpoint, files, config, log } = this.#parts;
    if (checkpoint.isWithdrawn) return log.minOffset;
    writeAbort(files, config.storePathRootDir);
    checkpoint.withdraw();
    withdrawManifest(files, config.storePathRootDir, checkpoint.logicsPhysicalOffset);
    return log.minOffset;
  }

  #startOffset(): number {
    const { log, queues, checkpoint } = this.#parts;
    if (queues.isEmpty) return log.minOffset;
    const known = checkpoint.logicsPhysicalOffset;
    const scan = this.#scan(() => {});
    if (known >= log.minOffset && known < log.files.endOffset && known > 0 && scan.startsAt(known)) return known;
    return this.#startByTime();
  }

  /** True when queues lack what they had at the check point: somebody has deleted or cut their files. */
  #queuesAreShort(lastExitOk: boolean): boolean {
    const { files, config, checkpoint, queues, logger } = this.#parts;
    const manifest = readManifest(files, config.storePathRootDir, checkpoint.logicsPhysicalOffset);
    if (manifest === undefined) return false;
    // A power cut may have taken the names of many queues, which are best made again in one go.
    const short = findMissing(queues, manifest, !lastExitOk);
    if (short.length === 0) queues.believe(manifest);
    for (const { topic, queueId, maxOffset } of short.slice(0, 10)) {
      logger.warn('a consume queue is missing or short and is made again from the log', { topic, queueId, maxOffset });
    }
    return short.length > 0;
  }

  /** The start of the newest file of which the first message is older than the check point. */
  #startByTime(): number {
    const { log, checkpoint } = this.#parts;
    const limit = checkpoint.minTimestamp;
    for (const start of [...log.files.starts].reverse()) {
      let time = 0;
      const scan = this.#scan((message) => {
        time = message.storeTimestamp;
      });
      scan.first(start);
      if (time > 0 && time <= limit) return start;
    }
    return log.minOffset;
  }

  #pass(start: number): ScanResult {
    this.#short.clear();
    this.#recovered = 0;
    this.#fromStart = start <= this.#parts.log.minOffset;
    return this.#scan((message) => this.#dispatch(message)).run(start);
  }

  #scan(message: (message: DispatchRequest) => void): LogScan {
    const { log, config, deliverTime, logger } = this.#parts;
    const checkCrc = config.checkCRCOnRecover;
    return new LogScan({ log, maxMessageSize: config.maxMessageSize, checkCrc, deliverTime, message, logger });
  }

  #dispatch(message: DispatchRequest): void {
    const { index, config } = this.#parts;
    const { topic, queueId, lightNames } = message;
    this.#recovered++;
    this.#lastOffset = message.physicalOffset;
    this.#lastTimestamp = message.storeTimestamp;
    if (this.#indexes) index.put(message);
    if (skipsConsumeQueue(message.sysFlag) || queueId < 0 || !isSafeName(topic)) return;
    this.#append(message, topic, queueId, message.queueOffset);
    if (lightNames === undefined || !config.enableLmq || !config.enableMultiDispatch) return;
    if (!allowsLightQueues(topic)) return;
    for (const { name, queueOffset } of statedPlaces(lightNames, message.lightOffsets)) {
      this.#append(message, name, LIGHT_QUEUE_ID, queueOffset);
    }
  }

  #append(message: DispatchedMessage, topic: string, queueId: number, queueOffset: number): void {
    const { queues } = this.#parts;
    if (this.#only !== undefined && (topic !== this.#only.topic || queueId !== this.#only.queueId)) return;
    const queue = this.#only ?? queues.findOrCreate(queues.findOrCreateTopic(topic), queueId);
    if (!this.#fromStart && queueOffset > queue.maxOffset) {
      this.#short.add(queue);
      return;
    }
    if (this.#short.has(queue)) return;
    const outcome = queue.append(message, queueOffset);
    if (outcome !== 'known' && outcome !== 'refused') queues.markDirty(queue);
  }

  /** Takes back entries of messages that the log lost with its end. */
  async #truncateQueues(end: number): Promise<void> {
    for (const queue of this.#parts.queues.openQueues()) await queue.truncateTo(end);
  }

  #report(lastExitOk: boolean, start: number, result: ScanResult, droppedBytes: number, setAside: readonly string[]) {
    const { logger } = this.#parts;
    for (const hole of result.holes) {
      logger.error(`commit log damaged from ${hole.start} to ${hole.end}: stepped over`, {
        bytes: hole.end - hole.start,
      });
    }
    const line = { lastExitOk, start, recoveredMessages: this.#recovered, lastStoreTimestamp: this.#lastTimestamp };
    if (droppedBytes === 0) {
      logger.info(`commit log ends at ${result.endOffset}`, line);
      return;
    }
    logger.warn(`commit log truncated at ${result.endOffset}, ${droppedBytes} bytes dropped, ${result.reason}`, {
      ...line,
      setAside,
    });
  }
}
