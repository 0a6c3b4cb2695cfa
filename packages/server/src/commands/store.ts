/** `rocketmq store inspect | verify | dump | repair DIR`: stores that are looked at from outside, without a broker. */
import type { JsonValue, MessageExt } from '@rocketmq-ts/common';
import {
  DUMP_KINDS,
  type DumpedEntry,
  type DumpedMessage,
  type DumpFilter,
  type DumpKind,
  dumpStore,
  repairStore,
  type StoreReport,
  type VerifyOptions,
  verifyStore,
} from '@rocketmq-ts/store';
import { readConfigFile } from '../config-file.js';
import { type ProcessPorts, processPorts } from '../ports.js';

/** Exit codes: nothing is wrong, something is, the command itself is. */
const CLEAN = 0;
const PROBLEMS = 1;
const USAGE = 2;

/** Options that all of the commands take. */
export interface StoreOptions {
  readonly json?: boolean;
  /** A broker.conf, for what cannot be told from the files. */
  readonly configFile?: string;
  /** The directories of the log, separated by commas. */
  readonly commitlog?: string;
}

/** Options of `dump`. */
export interface DumpCommandOptions extends StoreOptions {
  readonly topic?: string;
  readonly queue?: number;
  readonly from?: number;
  readonly to?: number;
  readonly key?: string;
  readonly begin?: number;
  readonly end?: number;
  readonly count?: number;
  readonly body?: boolean;
}

/** Runs `inspect` or `verify`. */
export async function inspect(root: string, options: StoreOptions, thorough: boolean): Promise<void> {
  try {
    const ports = processPorts([]);
    const report = await verifyStore({ files: ports.files, root, thorough, ...settingsOf(ports, options), progress });
    print(report, options);
    process.exitCode = report.problemCount > 0 ? PROBLEMS : CLEAN;
  } catch (error) {
    failUsage((error as Error).message);
  }
}

/** Runs `dump`: one line for each thing, as text or as JSON. */
export async function dump(root: string, kind: string, options: DumpCommandOptions): Promise<void> {
  const kinds: readonly string[] = DUMP_KINDS;
  if (!kinds.includes(kind)) {
    failUsage(`'${kind}' cannot be dumped: ${kinds.join(', ')} can`);
    return;
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(CLEAN);
  });
  try {
    const ports = processPorts([]);
    const things = dumpStore({
      files: ports.files,
      root,
      kind: kind as DumpKind,
      filter: filterOf(options),
      ...settingsOf(ports, options),
    });
    await write(things, options);
  } catch (error) {
    failUsage((error as Error).message);
  }
}

/** Runs `repair`. */
export async function repair(root: string, options: StoreOptions & { readonly dryRun?: boolean }): Promise<void> {
  try {
    const ports = processPorts([]);
    const { clock, files, logger } = ports;
    const repairOptions = { clock, files, logger, root, thorough: true, ...settingsOf(ports, options), progress };
    const { before, steps, after } = await repairStore(repairOptions, options.dryRun === true);
    if (options.json) process.stdout.write(`${JSON.stringify({ before, steps, after })}\n`);
    else {
      process.stdout.write(`${before.problemCount} problems found\n`);
      for (const { action, path, why } of steps) process.stdout.write(`${action}: ${path}: ${why}\n`);
      if (after !== undefined) print(after, options);
    }
    process.exitCode = (after ?? before).problemCount > 0 ? PROBLEMS : CLEAN;
  } catch (error) {
    failUsage((error as Error).message);
  }
}

function failUsage(message: string): void {
  process.stderr.write(`rocketmq store: ${message}\n`);
  process.exitCode = USAGE;
}

/** What a broker.conf and the command line say of sizes and places. */
function settingsOf(
  { files }: ProcessPorts,
  { configFile, commitlog }: StoreOptions,
): Pick<VerifyOptions, 'sizes' | 'logPlaces' | 'indexGeometry' | 'timerPrecisionMs'> {
  const properties = configFile === undefined ? new Map<string, string>() : readConfigFile(files, configFile);
  const number = (name: string) => (properties.has(name) ? Number(properties.get(name)) : undefined);
  const slotCount = number('maxHashSlotNum');
  const entryCount = number('maxIndexNum');
  return {
    sizes: {
      mappedFileSizeCommitLog: number('mappedFileSizeCommitLog'),
      mappedFileSizeConsumeQueue: number('mappedFileSizeConsumeQueue'),
    },
    logPlaces: {
      storePathCommitLog: commitlog ?? properties.get('storePathCommitLog'),
      readOnlyCommitLogStorePaths: properties.get('readOnlyCommitLogStorePaths'),
    },
    timerPrecisionMs: number('timerPrecisionMs'),
    ...(slotCount === undefined || entryCount === undefined ? {} : { indexGeometry: { slotCount, entryCount } }),
  };
}

function filterOf(options: DumpCommandOptions): DumpFilter {
  const { topic, queue, from, to, key, begin, end } = options;
  return { topic, queueId: queue, fromOffset: from, toOffset: to, key, beginTimestamp: begin, endTimestamp: end };
}

/** One line that is written over, for people who wait. */
function progress(offset: number, endOffset: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${offset} of ${endOffset} bytes of the log read`);
}

async function write(things: AsyncIterable<DumpedMessage | DumpedEntry>, options: DumpCommandOptions): Promise<void> {
  let left = options.count ?? Number.POSITIVE_INFINITY;
  for await (const thing of things) {
    if (left-- <= 0) return;
    const fields = thing.kind === 'message' ? messageFields(thing.message, options.body === true) : thing.fields;
    const line = options.json ? JSON.stringify(fields) : textOf(fields);
    if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

function messageFields(message: MessageExt, withBody: boolean): Record<string, JsonValue> {
  const { topic, queueId, queueOffset, commitLogOffset, storeSize, msgId, bornHost, storeHost, body } = message;
  const { sysFlag, flag, reconsumeTimes, bornTimestamp, storeTimestamp } = message;
  return {
    physicalOffset: commitLogOffset,
    sizeBytes: storeSize,
    topic,
    queueId,
    queueOffset,
    storeTimestamp,
    bornTimestamp,
    storeHost: String(storeHost),
    bornHost: String(bornHost),
    msgId,
    sysFlag,
    flag,
    reconsumeTimes,
    bodyBytes: body.length,
    properties: Object.fromEntries(message.properties),
    ...(withBody ? { body: body.toString('base64') } : {}),
  };
}

function textOf(fields: Readonly<Record<string, JsonValue>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');
}

function print(report: StoreReport, options: StoreOptions): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${linesOf(report).join('\n')}\n`);
}

const timeOf = (ms: number): string => (ms > 0 ? new Date(ms).toISOString() : '-');
const rangeOf = ({ minOffset, maxOffset }: { minOffset: number; maxOffset: number }): string =>
  `${minOffset} to ${maxOffset}`;

function linesOf(report: StoreReport): string[] {
  const { commitLog, index, checkpoint } = report;
  const keys = index.reduce((sum, file) => sum + file.keys, 0);
  const directories = commitLog.directories.length > 1 ? ` in ${commitLog.directories.join(', ')}` : '';
  return [
    `store         ${report.root}${report.abort ? ' (abort)' : ''}${report.lock ? ' (lock)' : ''}`,
    `commit log    ${commitLog.files} files of ${commitLog.fileSizeBytes} bytes${directories}, ${commitLog.minOffset} to ${commitLog.endOffset}, ${commitLog.messages} messages read, ${timeOf(commitLog.firstStoreTimestamp)} to ${timeOf(commitLog.lastStoreTimestamp)}`,
    ...queueLines(report),
    `index         ${index.length} files with ${keys} keys`,
    ...timerLines(report),
    ...compactionLines(report),
    `check point   ${Object.entries(checkpoint)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
    `config        ${report.config.join(' ')}`,
    ...report.notes.map((note) => `note          ${note}`),
    ...report.problems.map(({ path, what }) => `problem       ${path}: ${what}`),
    report.problemCount === 0 ? 'no problems' : `${report.problemCount} problems`,
  ];
}

function queueLines({ queues, queueStore, batchQueues, extensions }: StoreReport): string[] {
  const entries = queues.reduce((sum, { minOffset, maxOffset }) => sum + maxOffset - minOffset, 0);
  const pendingText = (pending: number): string => (pending > 0 ? `, ${pending} not written yet` : '');
  return [
    `queues        ${queues.length} with ${entries} entries${queueStore === 'RocksDB' ? ' in RocksDB' : ''}`,
    ...queues.map((queue) => `  ${queue.topic}/${queue.queueId}  ${rangeOf(queue)}${pendingText(queue.pending)}`),
    ...(batchQueues.length === 0 ? [] : [`batch queues  ${batchQueues.length}`]),
    ...batchQueues.map(
      (queue) =>
        `  ${queue.topic}/${queue.queueId}  ${rangeOf(queue)} in ${queue.entries} entries${pendingText(queue.pending)}`,
    ),
    ...(extensions.length === 0 ? [] : [`extensions    of ${extensions.length} queues`]),
    ...extensions.map(({ topic, queueId, files, units }) => `  ${topic}/${queueId}  ${files} files, ${units} units`),
  ];
}

function timerLines({ timer }: StoreReport): string[] {
  if (timer === undefined) return [];
  const { checkpoint, logFiles, logFileBytes, logMinOffset, logEndOffset, records, wheel } = timer;
  const { waitingMessages, waitingSlots, firstSlotMs, lastSlotMs } = timer;
  const done = checkpoint === undefined ? 'no check point' : `done up to ${timeOf(checkpoint.lastReadTimeMs ?? 0)}`;
  return [
    `timer         ${logFiles} files of ${logFileBytes} bytes, ${logMinOffset} to ${logEndOffset}, ${records} records, ${done}`,
    ...(wheel === undefined
      ? []
      : [
          `  ${wheel}  ${waitingMessages} messages wait in ${waitingSlots} slots, ${timeOf(firstSlotMs)} to ${timeOf(lastSlotMs)}`,
        ]),
  ];
}

function compactionLines({ compaction }: StoreReport): string[] {
  if (compaction.length === 0) return [];
  return [
    `compaction    ${compaction.length} queues`,
    ...compaction.map(
      (queue) =>
        `  ${queue.topic}/${queue.queueId}  ${queue.messages} messages of ${rangeOf(queue)} in ${queue.segments} segments, compared up to ${queue.position}`,
    ),
  ];
}
