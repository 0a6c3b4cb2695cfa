/**
 * Mends a store that is not in use. What is damaged is moved aside, never
 * deleted, and made again from the log by the recovery that every start runs;
 * what is intact is not touched.
 */
import type { Clock, Files, Logger } from '@rocketmq-ts/common';
import { createConfig, nodeEnvironment, Turn } from '@rocketmq-ts/common';
import { type MessageStoreConfig, messageStoreConfigDeclaration } from '../config.js';
import { MessageStore } from '../message-store.js';
import { guessIndexGeometry } from './index-check.js';
import type { StoreReport } from './report.js';
import { StoreDirectory } from './store-directory.js';
import { type VerifyOptions, verifyStore } from './verify.js';

/** One thing that repair does. */
export interface RepairStep {
  readonly action: 'set aside' | 'cut' | 'leave';
  /** Relative to the root. */
  readonly path: string;
  readonly why: string;
}

export interface RepairOptions extends VerifyOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The broker's settings, as far as they are known; sizes are taken from the files. */
  readonly config?: Partial<MessageStoreConfig>;
}

/** What was found, what was or would be done, and what is found afterwards. */
export interface RepairReport {
  readonly before: StoreReport;
  readonly steps: readonly RepairStep[];
  /** Undefined in a dry run, and when there was nothing to do. */
  readonly after: StoreReport | undefined;
}

/** What repair would do. */
export function planRepair(report: StoreReport): RepairStep[] {
  const steps = new Map<string, RepairStep>();
  const add = (action: RepairStep['action'], path: string, why: string) => {
    if (!steps.has(path)) steps.set(path, { action, path, why });
  };
  for (const { area, path, what } of report.problems) {
    if (area === 'consumequeue') add('set aside', path, `${what}; it is made again from the log`);
    else if (area === 'index') add('set aside', 'index', `${what}; it is made again from the log`);
    else if (area === 'checkpoint') add('set aside', path, what);
    else if (area === 'config') add('leave', path, `${what}; the broker takes its .bak`);
  }
  const { tailBytes, endOffset, holes, minOffset } = report.commitLog;
  for (const { start, end } of holes)
    add('leave', `commitlog@${start}`, `no whole message up to ${end}; readers step over it`);
  if (tailBytes > 0)
    add(
      'cut',
      'commitlog',
      `${tailBytes} bytes behind ${Math.max(endOffset, minOffset)} are copied to damaged/ and cleared`,
    );
  const isShort = report.problems.some(({ area, path }) => area === 'commitlog' && path !== 'commitlog');
  if (isShort) add('cut', 'commitlog files', 'a file that was cut gets its size back');
  const rebuilds = [...steps.values()].some(({ action, path }) => action === 'set aside' && path !== 'checkpoint');
  // Without these the next start reads the log from its beginning.
  if (rebuilds)
    for (const path of ['checkpoint', 'consumequeue.manifest']) add('set aside', path, 'so that the whole log is read');
  return [...steps.values()];
}

/** Repairs, or with `dryRun` only says what would be done. Throws when the store is in use. */
export async function repairStore(options: RepairOptions, dryRun: boolean): Promise<RepairReport> {
  const before = verifyStore({ ...options, thorough: true });
  const steps = planRepair(before);
  if (dryRun || !steps.some(({ action }) => action !== 'leave')) return { before, steps, after: undefined };
  const unlock = options.files.lockSync(`${before.root}/lock`);
  try {
    for (const { action, path } of steps) if (action === 'set aside') setAside(options.files, before.root, path);
  } finally {
    unlock();
  }
  await recover(options, before);
  return { before, steps, after: verifyStore({ ...options, thorough: true }) };
}

/** Moves a file or a directory to `damaged/`, under a name that is free. */
function setAside(files: Files, root: string, path: string): void {
  if (files.statSync(`${root}/${path}`) === undefined) return;
  const directory = `${root}/damaged`;
  files.mkdirSync(directory);
  const name = path.replaceAll('/', '-');
  let target = `${directory}/${name}.damaged`;
  for (let i = 1; files.statSync(target) !== undefined; i++) target = `${directory}/${name}-${i}.damaged`;
  files.renameSync(`${root}/${path}`, target);
  files.syncDirectorySync(directory);
  files.syncDirectorySync(`${root}/${path}`.slice(0, `${root}/${path}`.lastIndexOf('/')));
}

/** Opens the store, which makes up for what it lacks, and closes it. */
async function recover(options: RepairOptions, report: StoreReport): Promise<void> {
  const { files, clock, logger } = options;
  const directory = new StoreDirectory(options);
  const hasLight = [...directory.queues()].some(({ topic }) => topic.startsWith('%LMQ%'));
  const geometry = options.indexGeometry ?? geometryOf(directory, report);
  directory.close();
  const store = await MessageStore.open({
    config: createConfig(messageStoreConfigDeclaration, nodeEnvironment(), {
      ...options.config,
      storePathRootDir: report.root,
      mappedFileSizeCommitLog: directory.logFileBytes,
      mappedFileSizeConsumeQueue: directory.queueFileBytes,
      ...(geometry === undefined ? {} : { maxHashSlotNum: geometry.slotCount, maxIndexNum: geometry.entryCount }),
      ...(hasLight ? { enableLmq: true, enableMultiDispatch: true } : {}),
      flushDiskType: 'SYNC_FLUSH',
    }),
    storeHost: Uint8Array.of(127, 0, 0, 1, 0, 0, 0, 0),
    clock,
    files,
    turn: new Turn(clock),
    logger,
    physicalMemoryBytes: 0,
  });
  // Every queue is looked at once, so that those that are short are made up for now.
  store.queues();
  await store.close();
}

function geometryOf(directory: StoreDirectory, report: StoreReport) {
  const name = report.index[0]?.name;
  const path =
    name === undefined ? undefined : [directory.path(`index/${name}`), directory.path(`damaged/index.damaged/${name}`)];
  for (const candidate of path ?? []) {
    const stat = directory.files.statSync(candidate);
    if (stat !== undefined) return guessIndexGeometry(stat.sizeBytes);
  }
  return undefined;
}
