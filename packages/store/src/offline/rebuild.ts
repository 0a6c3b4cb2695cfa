/** Opens a store of which parts were set aside, so that they are made again, and closes it. */
import { type Clock, createConfig, type Logger, nodeEnvironment, type Timer, Turn } from '@rocketmq-ts/common';
import { type MessageStoreConfig, messageStoreConfigDeclaration } from '../config.js';
import { MessageStore } from '../message-store.js';
import { TimerMessageStore } from '../timer/timer-message-store.js';
import { compactionQueues } from './compaction-check.js';
import { topicAttributes } from './config-check.js';
import { guessIndexGeometry } from './index-check.js';
import type { StoreReport } from './report.js';
import { DEFAULT_TIMER_LOG_FILE_BYTES, StoreDirectory } from './store-directory.js';
import { readTimerProgress } from './timer-check.js';
import type { VerifyOptions } from './verify.js';

const LOCALHOST = Uint8Array.of(127, 0, 0, 1, 0, 0, 0, 0);
/** Timed messages are taken in batches; in between it is looked how far that has come. */
const TIMER_LOOK_MS = 50;

/** What is repaired, and what with. */
export interface RepairOptions extends VerifyOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The broker's settings, as far as they are known; sizes are taken from the files. */
  readonly config?: Partial<MessageStoreConfig>;
}

/** Makes again what the report has missed or found damaged, as far as the log knows it. */
export async function rebuild(options: RepairOptions, report: StoreReport): Promise<void> {
  const { files, clock, logger } = options;
  const directory = new StoreDirectory(options);
  const config = createConfig(messageStoreConfigDeclaration, nodeEnvironment(), {
    ...options.config,
    ...settingsOf(directory, options, report),
  });
  const attributes = attributesOf(directory, report);
  const readTimeMs = readTimerProgress({ directory }).progress?.lastReadTimeMs;
  directory.close();
  const store = await MessageStore.open({
    config,
    storeHost: LOCALHOST,
    clock,
    files,
    turn: new Turn(clock),
    logger,
    physicalMemoryBytes: 0,
    attributesOf: (topic) => attributes.get(topic),
  });
  // Every queue is looked at once, so that those that are short are made up for now.
  store.queues();
  // What the next start of a broker would make up for after a kill is expected of this one, too.
  const isTimerBehind = report.abort || report.problems.some(({ area }) => area === 'timer');
  if (isTimerBehind && readTimeMs !== undefined)
    await rebuildTimer({ ...options, clock: stoppedAt(clock, readTimeMs) }, store, config);
  await store.close();
}

/** What the files tell of the settings that they were written with. */
function settingsOf(
  directory: StoreDirectory,
  options: RepairOptions,
  report: StoreReport,
): Partial<MessageStoreConfig> {
  const geometry = options.indexGeometry ?? geometryOf(directory, report);
  const hasLight = report.queues.some(({ topic }) => topic.startsWith('%LMQ%'));
  const { storePathCommitLog, readOnlyCommitLogStorePaths } = options.logPlaces ?? {};
  const timerLogFileBytes = report.timer?.logFileBytes ?? DEFAULT_TIMER_LOG_FILE_BYTES;
  return {
    storePathRootDir: report.root,
    ...(storePathCommitLog === undefined ? {} : { storePathCommitLog }),
    ...(readOnlyCommitLogStorePaths === undefined ? {} : { readOnlyCommitLogStorePaths }),
    mappedFileSizeCommitLog: directory.logFileBytes,
    mappedFileSizeConsumeQueue: directory.queueFileBytes,
    ...(report.batchQueues.length === 0
      ? {}
      : { mapperFileSizeBatchConsumeQueue: directory.fileBytes('batchconsumequeue') }),
    ...(report.extensions.length === 0
      ? {}
      : { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: report.extensionFileBytes }),
    ...(geometry === undefined ? {} : { maxHashSlotNum: geometry.slotCount, maxIndexNum: geometry.entryCount }),
    ...(hasLight ? { enableLmq: true, enableMultiDispatch: true } : {}),
    ...(timerLogFileBytes === DEFAULT_TIMER_LOG_FILE_BYTES ? {} : { mappedFileSizeTimerLog: timerLogFileBytes }),
    ...(options.timerPrecisionMs === undefined ? {} : { timerPrecisionMs: options.timerPrecisionMs }),
    ...rocksDBSettings(report),
    ...compactionSettings(directory, report),
    flushDiskType: 'SYNC_FLUSH',
  };
}

function rocksDBSettings({ queueStore, queueStorePath }: StoreReport): Partial<MessageStoreConfig> {
  if (queueStore === 'files') return {};
  return {
    storeType: 'defaultRocksDB',
    useSeparateStorePathForRocksdbCQ: queueStorePath === 'consumequeue_rocksdb',
  };
}

/** Of the settings those from which the store calculates the sizes that the files have. */
function compactionSettings(directory: StoreDirectory, report: StoreReport): Partial<MessageStoreConfig> {
  if (report.compaction.length === 0) return {};
  let logBytes = 0;
  let queueBytes = 0;
  const largest = (path: string) =>
    directory.files
      .readdirSync(path)
      .filter((name) => /^\d{20}$/.test(name))
      .reduce((bytes, name) => Math.max(bytes, directory.files.statSync(`${path}/${name}`)?.sizeBytes ?? 0), 0);
  for (const { topic, queueId } of compactionQueues({ directory })) {
    logBytes = Math.max(logBytes, largest(directory.path(`compaction/compactionLog/${topic}/${queueId}`)));
    queueBytes = Math.max(queueBytes, largest(directory.path(`compaction/compactionCq/${topic}/${queueId}`)));
    const aside = directory.path(`damaged/compaction-compactionCq-${topic}-${queueId}.damaged`);
    queueBytes = Math.max(queueBytes, largest(aside));
  }
  if (logBytes === 0 || queueBytes === 0 || logBytes <= queueBytes) return {};
  return { compactionCqMappedFileSize: queueBytes, compactionMappedFileSize: logBytes - queueBytes };
}

/** The attributes of topics: those that are configured, and those that the directories show. */
function attributesOf(directory: StoreDirectory, report: StoreReport): Map<string, ReadonlyMap<string, string>> {
  const attributes = topicAttributes(directory) ?? new Map<string, ReadonlyMap<string, string>>();
  const add = (topic: string, name: string, value: string) =>
    attributes.set(topic, new Map([...(attributes.get(topic) ?? []), [name, value]]));
  for (const { topic } of report.batchQueues) add(topic, 'queue.type', 'BatchCQ');
  for (const { topic } of report.compaction) add(topic, 'cleanup.policy', 'COMPACTION');
  return attributes;
}

function geometryOf(directory: StoreDirectory, report: StoreReport) {
  const name = report.index[0]?.name;
  const paths =
    name === undefined ? [] : [directory.path(`index/${name}`), directory.path(`damaged/index.damaged/${name}`)];
  for (const path of paths) {
    const stat = directory.files.statSync(path);
    if (stat !== undefined) return guessIndexGeometry(stat.sizeBytes);
  }
  return undefined;
}

/**
 * Lets the timer read its files and take in what they lack. Its clock stands where it was at the check point: what
 * fell due since is delivered by the broker, not here.
 */
async function rebuildTimer(options: RepairOptions, store: MessageStore, config: MessageStoreConfig): Promise<void> {
  const { clock, files, logger } = options;
  const timer = new TimerMessageStore({
    config: { ...config, timerStopDequeue: true },
    clock,
    files,
    logger,
    store,
    random: { nextInt: () => 0 },
    delivered: () => {},
  });
  await timer.load();
  timer.start();
  let behind = Number.POSITIVE_INFINITY;
  // As long as it gets on: what it cannot take in it will not take in later either.
  for (;;) {
    await new Promise<void>((resolve) => void clock.setTimer(TIMER_LOOK_MS, resolve));
    const left = Number(timer.runtimeInfo().get('timerOffsetBehind'));
    if (left === 0 || left >= behind) break;
    behind = left;
  }
  await timer.stop();
}

/** A clock whose time of day stands. */
function stoppedAt(clock: Clock, timeMs: number): Clock {
  return {
    now: () => timeMs,
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, callback, options): Timer => clock.setTimer(delayMs, callback, options),
    setRepeating: (intervalMs, callback, options): Timer => clock.setRepeating(intervalMs, callback, options),
    endOfTurn: (callback) => clock.endOfTurn(callback),
  };
}
