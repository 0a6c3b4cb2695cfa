/**
 * Mends a store that is not in use. What is damaged is moved aside, never
 * deleted, and made again from the log by the recovery that every start runs;
 * what is intact is not touched.
 */
import type { Files } from '@rocketmq-ts/common';
import { MANIFEST_NAME, readManifest, uselessManifests, withdrawManifest } from '../queue-manifest.js';
import { POSITIONS } from './compaction-check.js';
import { type RepairOptions, rebuild } from './rebuild.js';
import type { StoreProblem, StoreReport } from './report.js';
import { verifyStore } from './verify.js';

/** One thing that repair does. */
export interface RepairStep {
  readonly action: 'set aside' | 'withdraw' | 'cut' | 'leave';
  /** Relative to the root. */
  readonly path: string;
  readonly why: string;
}

/** What was found, what was or would be done, and what is found afterwards. */
export interface RepairReport {
  readonly before: StoreReport;
  readonly steps: readonly RepairStep[];
  /** Undefined in a dry run, and when there was nothing to do. */
  readonly after: StoreReport | undefined;
}

/** Gathers steps, one for each path. */
class Plan {
  readonly #steps = new Map<string, RepairStep>();

  add(action: RepairStep['action'], path: string, why: string): void {
    if (!this.#steps.has(path)) this.#steps.set(path, { action, path, why });
  }

  get steps(): RepairStep[] {
    return [...this.#steps.values()];
  }
}

/** What is known of where the queues end, besides the queues themselves. */
export interface KnownEnds {
  /** There is a manifest of the check point. */
  readonly hasManifest: boolean;
  /** Manifests that are damaged or older. */
  readonly useless: readonly string[];
}

/** What repair would do. */
export function planRepair(report: StoreReport, ends: KnownEnds): RepairStep[] {
  const plan = new Plan();
  for (const problem of report.problems) planFor(problem, plan);
  const needsLog = plan.steps.length > 0;
  for (const problem of report.problems) planLeft(problem, plan);
  planLog(report, plan);
  // Without these the next start reads the log from its beginning.
  if (needsLog && plan.steps.some(({ action, path }) => action === 'set aside' && READ_ANEW.test(path))) {
    // The offsets of messages that the log has deleted are not given again.
    if (ends.hasManifest) plan.add('withdraw', MANIFEST_NAME, 'queues that are made again go on where it says');
    for (const name of ends.useless) plan.add('set aside', name, 'it is damaged, or older than the check point');
    plan.add('set aside', 'checkpoint', 'so that the whole log is read');
  }
  return plan.steps;
}

/** What is made again when the whole log is read. */
const READ_ANEW = /^(consumequeue|consumequeue_rocksdb|batchconsumequeue|index)(\/|$)/;

function planFor({ area, path, what }: StoreProblem, plan: Plan): void {
  const again = `${what}; it is made again from the log`;
  if (area === 'consumequeue' || area === 'batchconsumequeue') plan.add('set aside', path, again);
  else if (area === 'consumequeue_ext') {
    plan.add('set aside', path, again);
    plan.add('set aside', path.replace('consumequeue_ext', 'consumequeue'), 'its entries refer to the extension');
  } else if (area === 'index') plan.add('set aside', 'index', again);
  else if (area === 'timer') planTimer(path, what, plan);
  else if (area === 'compaction' && path.startsWith('compaction/compactionLog/')) {
    const queue = path.replace('compactionLog', 'compactionCq');
    plan.add('set aside', queue, `${what}; log and queue are made again from the whole records of the log`);
    planPositions('the keys are compared anew', plan);
  } else if (area === 'compaction') planPositions(`${what}; the keys are compared anew`, plan);
}

/** Their copy would be taken in their place, and says the same, or is damaged itself. */
function planPositions(why: string, plan: Plan): void {
  for (const path of [POSITIONS, `${POSITIONS}.bak`]) plan.add('set aside', path, why);
}

function planTimer(path: string, what: string, plan: Plan): void {
  if (path.startsWith('timerwheel')) {
    plan.add('set aside', path, `${what}; it is made again from the timer log`);
    return;
  }
  if (path.startsWith('config/')) plan.add('set aside', path, what);
  plan.add('set aside', 'timerlog', `${what}; it is made again from the messages that wait`);
  plan.add('set aside', 'timerwheel', 'it leads into the timer log');
}

function planLeft({ area, path, what }: StoreProblem, plan: Plan): void {
  if (area === 'checkpoint') plan.add('set aside', path, what);
  else if (area === 'config') plan.add('leave', path, `${what}; the broker takes its .bak`);
}

function planLog({ problems, commitLog }: StoreReport, plan: Plan): void {
  const { tailBytes, endOffset, holes, minOffset } = commitLog;
  for (const { start, end } of holes)
    plan.add('leave', `commitlog@${start}`, `no whole message up to ${end}; readers step over it`);
  const end = Math.max(endOffset, minOffset);
  if (tailBytes > 0)
    plan.add('cut', 'commitlog', `${tailBytes} bytes behind ${end} are copied to damaged/ and cleared`);
  if (problems.some(({ area, what }) => area === 'commitlog' && what.includes('bytes long')))
    plan.add('cut', 'commitlog files', 'a file that was cut gets its size back');
}

/** Repairs, or with `dryRun` only says what would be done. Throws when the store is in use, or a part of its log is not there. */
export async function repairStore(options: RepairOptions, dryRun: boolean): Promise<RepairReport> {
  const before = await verifyStore({ ...options, thorough: true });
  const missing = before.problems.find(({ area, what }) => area === 'commitlog' && what.includes('no such directory'));
  if (missing !== undefined)
    throw new Error(`${missing.path}: ${missing.what} Without all of its log a store is not repaired`);
  const { files } = options;
  const { root, checkpoint } = before;
  const known = checkpoint.logicsPhysicalOffset ?? 0;
  const hasManifest = readManifest(files, root, known) !== undefined;
  const steps = planRepair(before, { hasManifest, useless: uselessManifests(files, root, known) });
  if (dryRun || !steps.some(({ action }) => action !== 'leave')) return { before, steps, after: undefined };
  const unlock = files.lockSync(`${root}/lock`);
  try {
    for (const { action, path } of steps) {
      if (action === 'set aside') setAside(files, root, path);
      else if (action === 'withdraw') withdrawManifest(files, root, known);
    }
  } finally {
    unlock();
  }
  await rebuild(options, before);
  return { before, steps, after: await verifyStore({ ...options, thorough: true }) };
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
