/**
 * The file `consumequeue.manifest`: how many entries each queue had at the check
 * point. With it the next start sees that a queue was deleted or cut, without
 * reading the queues. It is ours: the reference neither needs nor minds it, and
 * after the reference has run it is out of date, which its first line shows.
 *
 * Text lines: `v1 <logicsPhysicalOffset> <count> <crc of the rest>`, then for
 * each queue `<topic> <queueId> <maxOffset>`.
 */
import { crc32 } from 'node:zlib';
import { type Files, isFileSystemError } from '@rocketmq-ts/common';

/** One queue of the manifest. */
export interface ManifestEntry {
  readonly topic: string;
  readonly queueId: number;
  readonly maxOffset: number;
}

const HEAD = /^v1 (\d{1,16}) (\d{1,9}) (\d{1,10})$/;

function manifestPath(root: string): string {
  return `${root}/consumequeue.manifest`;
}

/** Writes the manifest of the check point at `logicsPhysicalOffset`, before that; the old one stays until the new one is whole. */
export function writeManifest(
  files: Files,
  root: string,
  logicsPhysicalOffset: number,
  queues: Iterable<ManifestEntry>,
): void {
  const lines: string[] = [];
  for (const { topic, queueId, maxOffset } of queues) lines.push(`${topic} ${queueId} ${maxOffset}`);
  const body = lines.join('\n');
  const text = Buffer.from(`v1 ${logicsPhysicalOffset} ${lines.length} ${crc32(body)}\n${body}`, 'utf8');
  const path = manifestPath(root);
  const handle = files.openSync(`${path}.tmp`, 'create');
  try {
    handle.truncateSync(0);
    handle.writeSync(text, 0, text.length, 0);
    handle.datasyncSync();
  } finally {
    handle.closeSync();
  }
  files.renameSync(`${path}.tmp`, path);
  files.syncDirectorySync(root);
}

/**
 * The manifest of the check point at `logicsPhysicalOffset`, or of a later one that was not finished; undefined when
 * there is none, or one that is damaged or older.
 */
export function readManifest(files: Files, root: string, logicsPhysicalOffset: number): ManifestEntry[] | undefined {
  return readWhole(files, root, logicsPhysicalOffset)?.entries;
}

/** The entries, and the check point that they belong to. */
function readWhole(files: Files, root: string, logicsPhysicalOffset: number) {
  const path = manifestPath(root);
  if (files.statSync(path) === undefined) return undefined;
  const text = files.readFileSync(path).toString('utf8');
  const end = text.indexOf('\n');
  const head = HEAD.exec(text.slice(0, end < 0 ? text.length : end));
  const body = end < 0 ? '' : text.slice(end + 1);
  if (head === null || Number(head[1]) < logicsPhysicalOffset || Number(head[3]) !== crc32(body)) return undefined;
  const entries: ManifestEntry[] = [];
  for (const line of body === '' ? [] : body.split('\n')) {
    const entry = parseLine(line);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries.length === Number(head[2]) ? { offset: Number(head[1]), entries } : undefined;
}

/** There are thousands of lines when a store is opened: no regular expression for each. */
function parseLine(line: string): ManifestEntry | undefined {
  const topicEnd = line.indexOf(' ');
  const queueIdEnd = line.indexOf(' ', topicEnd + 1);
  const queueId = Number(line.slice(topicEnd + 1, queueIdEnd));
  const maxOffset = Number(line.slice(queueIdEnd + 1));
  if (topicEnd < 1 || queueIdEnd < 0 || !isCount(queueId) || !isCount(maxOffset)) return undefined;
  return { topic: line.slice(0, topicEnd), queueId, maxOffset };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Takes the manifest away, durably: the queues are about to be made again. */
export function removeManifest(files: Files, root: string): void {
  files.unlinkSync(manifestPath(root));
  files.syncDirectorySync(root);
}

/**
 * Takes queues that were deleted on purpose out of the manifest of the check point at `logicsPhysicalOffset`: their
 * absence is no damage. That of others still is, a power cut may take the names of new queues before the next one.
 */
export function strikeFromManifest(
  files: Files,
  root: string,
  logicsPhysicalOffset: number,
  exists: (entry: ManifestEntry) => boolean,
): void {
  const manifest = readWhole(files, root, logicsPhysicalOffset);
  const left = manifest?.entries.filter(exists);
  if (manifest === undefined || left === undefined || left.length === manifest.entries.length) return;
  try {
    writeManifest(files, root, manifest.offset, left);
  } catch (error) {
    if (!isFileSystemError(error)) throw error;
    // Without one deleted queues stay away at least: a queue that is made again must not be measured by the old one.
    files.unlinkSync(manifestPath(root));
  }
}
