/**
 * The file `consumequeue.manifest`: how many entries each queue had at the check
 * point. With it the next start sees that a queue was deleted or cut, without
 * reading the queues. It is ours: the reference neither needs nor minds it, and
 * after the reference has run it is out of date, which its first line shows.
 *
 * A manifest is withdrawn, not deleted, while queues are made again: the log may
 * have deleted the messages that would tell which offsets were given already.
 *
 * Text lines: `v2 <logicsPhysicalOffset> <topics> <crc of the rest>`, then for
 * each topic `<topic> <queueId>:<maxOffset> …`.
 */
import { crc32 } from 'node:zlib';
import { type FileHandle, type Files, isFileSystemError } from '@rocketmq-ts/common';
import { moveDirectoryAway } from './stray-directory.js';

/** One queue of the manifest. */
export interface ManifestEntry {
  readonly topic: string;
  readonly queueId: number;
  readonly maxOffset: number;
}

/** A manifest that becomes out of date each time while it is made durable is made so without a pause. */
const MAX_TRIES = 4;
const HEAD = /^v2 (\d{1,16}) (\d{1,9}) (\d{1,10})$/;

/** Name of the manifest in the root directory of a store. */
export const MANIFEST_NAME = 'consumequeue.manifest';
const WITHDRAWN_NAME = `${MANIFEST_NAME}.withdrawn`;

function manifestPath(root: string): string {
  return `${root}/${MANIFEST_NAME}`;
}

function withdrawnPath(root: string): string {
  return `${root}/${WITHDRAWN_NAME}`;
}

/** Ends of queues of which some may be left out while they are written. */
export interface KnownQueueEnds {
  entries(): Iterable<ManifestEntry>;
  /** Grows with each that is left out. */
  readonly changes: number;
}

/**
 * Writes the manifest of the check point at `logicsPhysicalOffset`, before that; the old one stays until the new one is
 * whole, and so does one that was withdrawn. One call at a time.
 */
export async function writeManifest(
  files: Files,
  root: string,
  logicsPhysicalOffset: number,
  ends: KnownQueueEnds,
): Promise<void> {
  const path = manifestPath(root);
  const next = `${path}.next`;
  for (let tries = 1, written = -1; tries <= MAX_TRIES && written !== ends.changes; tries++) {
    written = ends.changes;
    const handle = writeFile(files, next, logicsPhysicalOffset, ends.entries());
    try {
      // What is deleted meanwhile is struck from the old one: it must not come back with this.
      if (tries < MAX_TRIES) await handle.datasync();
      else handle.datasyncSync();
    } finally {
      handle.closeSync();
    }
  }
  moveDirectoryAway(files, path);
  files.renameSync(next, path);
  if (files.statSync(withdrawnPath(root)) !== undefined) files.unlinkSync(withdrawnPath(root));
  await files.syncDirectory(root);
}

/** Answers the file, which is not durable yet. */
function writeFile(
  files: Files,
  path: string,
  logicsPhysicalOffset: number,
  queues: Iterable<ManifestEntry>,
): FileHandle {
  const lines = new Map<string, string>();
  for (const { topic, queueId, maxOffset } of queues) {
    lines.set(topic, `${lines.get(topic) ?? topic} ${queueId}:${maxOffset}`);
  }
  const body = [...lines.values()].join('\n');
  const text = Buffer.from(`v2 ${logicsPhysicalOffset} ${lines.size} ${crc32(body)}\n${body}`, 'utf8');
  moveDirectoryAway(files, path);
  const handle = files.openSync(path, 'create');
  try {
    handle.truncateSync(0);
    handle.writeSync(text, 0, text.length, 0);
  } catch (error) {
    handle.closeSync();
    throw error;
  }
  return handle;
}

/** The name is not durable yet. */
function replaceFile(files: Files, path: string, logicsPhysicalOffset: number, queues: Iterable<ManifestEntry>): void {
  const handle = writeFile(files, `${path}.tmp`, logicsPhysicalOffset, queues);
  try {
    handle.datasyncSync();
  } finally {
    handle.closeSync();
  }
  files.renameSync(`${path}.tmp`, path);
}

/** What a manifest says. A start asks for few of the topics: the others are not taken apart. */
export class QueueManifest {
  /** The check point that it belongs to. */
  readonly logicsPhysicalOffset: number;
  readonly #lines: ReadonlyMap<string, string>;

  constructor(logicsPhysicalOffset: number, lines: ReadonlyMap<string, string>) {
    this.logicsPhysicalOffset = logicsPhysicalOffset;
    this.#lines = lines;
  }

  topics(): Iterable<string> {
    return this.#lines.keys();
  }

  /** The queues of a topic. */
  *of(topic: string): Iterable<ManifestEntry> {
    for (const word of this.#lines.get(topic)?.split(' ') ?? []) {
      const split = word.indexOf(':');
      const queueId = Number(word.slice(0, split));
      const maxOffset = Number(word.slice(split + 1));
      if (split > 0 && isCount(queueId) && isCount(maxOffset)) yield { topic, queueId, maxOffset };
    }
  }

  *entries(): Iterable<ManifestEntry> {
    for (const topic of this.topics()) yield* this.of(topic);
  }
}

/**
 * The manifest of the check point at `logicsPhysicalOffset`, or of a later one that was not finished; undefined when
 * there is none, or one that is damaged or older.
 */
export function readManifest(files: Files, root: string, logicsPhysicalOffset: number): QueueManifest | undefined {
  return readFile(files, manifestPath(root), logicsPhysicalOffset);
}

/** As `readManifest`, of one that was withdrawn: its queues may lack anything, but the offsets that it speaks of were given. */
export function readWithdrawn(files: Files, root: string, logicsPhysicalOffset: number): QueueManifest | undefined {
  return readFile(files, withdrawnPath(root), logicsPhysicalOffset);
}

/** Names of manifests, withdrawn or not, that are there and say nothing of the check point at `logicsPhysicalOffset`: damaged or older ones. */
export function uselessManifests(files: Files, root: string, logicsPhysicalOffset: number): string[] {
  return [MANIFEST_NAME, WITHDRAWN_NAME].filter((name) => {
    const path = `${root}/${name}`;
    return files.statSync(path) !== undefined && readFile(files, path, logicsPhysicalOffset) === undefined;
  });
}

function readFile(files: Files, path: string, logicsPhysicalOffset: number): QueueManifest | undefined {
  if (files.statSync(path)?.isDirectory !== false) return undefined;
  const text = files.readFileSync(path).toString('utf8');
  const end = text.indexOf('\n');
  const head = HEAD.exec(text.slice(0, end < 0 ? text.length : end));
  const body = end < 0 ? '' : text.slice(end + 1);
  if (head === null || Number(head[1]) < logicsPhysicalOffset || Number(head[3]) !== crc32(body)) return undefined;
  const lines = new Map<string, string>();
  for (const line of body === '' ? [] : body.split('\n')) {
    const topicEnd = line.indexOf(' ');
    if (topicEnd < 1) return undefined;
    lines.set(line.slice(0, topicEnd), line.slice(topicEnd + 1));
  }
  return lines.size === Number(head[2]) ? new QueueManifest(Number(head[1]), lines) : undefined;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Withdraws the manifest of the check point at `logicsPhysicalOffset`, durably: the queues are about to be made again. */
export function withdrawManifest(files: Files, root: string, logicsPhysicalOffset: number): void {
  const path = manifestPath(root);
  moveDirectoryAway(files, path);
  moveDirectoryAway(files, withdrawnPath(root));
  if (readManifest(files, root, logicsPhysicalOffset) === undefined) files.unlinkSync(path);
  else files.renameSync(path, withdrawnPath(root));
  files.syncDirectorySync(root);
}

/**
 * Takes queues that were deleted on purpose out of the manifest of the check point at `logicsPhysicalOffset`, and out of
 * a withdrawn one: their absence is no damage. That of others still is, a power cut may take the names of new queues
 * before the next one.
 */
export function strikeFromManifest(
  files: Files,
  root: string,
  logicsPhysicalOffset: number,
  exists: (entry: ManifestEntry) => boolean,
): void {
  for (const path of [manifestPath(root), withdrawnPath(root)]) {
    const manifest = readFile(files, path, logicsPhysicalOffset);
    const entries = [...(manifest?.entries() ?? [])];
    const left = entries.filter(exists);
    if (manifest === undefined || left.length === entries.length) continue;
    try {
      replaceFile(files, path, manifest.logicsPhysicalOffset, left);
    } catch (error) {
      if (!isFileSystemError(error)) throw error;
      // Without one deleted queues stay away at least: a queue that is made again must not be measured by the old one.
      files.unlinkSync(path);
    }
    files.syncDirectorySync(root);
  }
}
