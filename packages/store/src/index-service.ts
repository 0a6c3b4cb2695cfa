/** The index from keys to messages over its files: feeding, rolling, searching. */
import type { Clock, Files, Logger } from '@rocketmq-ts/common';
import { IndexFile } from './index-file.js';
import { type IndexKey, indexHash, indexKeyOf, NO_KEY } from './index-key.js';
import { continueHash, javaHash, skipsIndex, topicPrefixHash } from './record-layout.js';
import { moveDirectoryAway } from './stray-directory.js';

/** What the index wants to know of a message. */
export interface IndexedMessage {
  readonly topic: string;
  /** `topicPrefixHash` of the topic, when it is known. */
  readonly indexPrefix?: number | undefined;
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
  readonly sysFlag: number;
  readonly uniqKey: IndexKey;
  readonly keys: string | undefined;
  readonly tags: IndexKey;
}

export interface IndexServiceOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The directory `index`. */
  readonly directory: string;
  readonly slotCount: number;
  readonly entryCount: number;
  readonly logger: Logger;
  /** Is told when a write failed. */
  readonly writeFailed: (error: Error) => void;
}

/** Where the index speaks of a key. */
export interface IndexHits {
  /** Newest first. */
  readonly physicalOffsets: number[];
  readonly lastUpdateTimestamp: number;
  readonly lastUpdatePhysicalOffset: number;
}

const FILE_NAME = /^\d{17}$/;
/** Entries in memory beyond which they are written to the file. */
const MAX_PENDING_ENTRIES = 16 * 1024;
/** Topics of which the hash is remembered. */
const MAX_PREFIXES = 4096;

/** Source: IndexService. */
export class IndexService {
  readonly #options: IndexServiceOptions;
  #fileList: IndexFile[] = [];
  /** Files that are full and wait for their last flush. */
  #full: IndexFile[] = [];
  /** Files were made whose names are not durable. */
  #directoryDirty = false;
  /** Keys of the message at hand that are in the index already. */
  #skipKeys = 0;
  readonly #prefixes = new Map<string, number>();
  /** Of the topic of the message before: mostly the next one has the same. */
  #lastTopic = '';
  #lastPrefix = javaHash('#');

  constructor(options: IndexServiceOptions) {
    this.#options = options;
  }

  /**
   * Opens the files. After an abnormal exit, those newer than the check point
   * are thrown away (they are made again from the log), and the slots of the
   * newest that stays are made anew. Answers true when any was thrown away.
   */
  load(lastExitOk: boolean, indexMsgTimestamp: number): boolean {
    let dropped = false;
    const { files, directory } = this.#options;
    for (const name of files.readdirSync(directory)) {
      if (!FILE_NAME.test(name)) continue;
      if (files.statSync(`${directory}/${name}`)?.isDirectory) {
        moveDirectoryAway(files, `${directory}/${name}`, `${directory}.damaged-${name}`);
        dropped = true;
        continue;
      }
      const file = this.#openFile(name);
      const stale = !lastExitOk && file.endTimestamp > indexMsgTimestamp;
      if (dropped || stale || !file.isPlausible) {
        file.remove();
        dropped = true;
      } else this.#fileList.push(file);
    }
    if (!lastExitOk) this.#distrust();
    return dropped;
  }

  /** What a run wrote that died may be in memory only, names of files included: the next flush makes it durable. */
  #distrust(): void {
    this.#fileList.at(-1)?.rebuildSlots();
    this.#directoryDirty = this.#fileList.length > 0;
    for (const file of this.#fileList) file.markDirty();
    this.#full = this.#fileList.slice(0, -1);
  }

  get fileCount(): number {
    return this.#fileList.length;
  }

  /** Place of the newest message in the index; -1 when it is empty. */
  get endPhysicalOffset(): number {
    for (let i = this.#fileList.length - 1; i >= 0; i--) {
      if (this.#fileList[i]!.keyCount > 0) return this.#fileList[i]!.endPhysicalOffset;
    }
    return -1;
  }

  /** Adds a message's keys. Messages before the newest one in the index are known and skipped. Source: IndexService#buildIndex. */
  put(message: IndexedMessage): void {
    if (skipsIndex(message.sysFlag)) return;
    const { uniqKey, keys, tags } = message;
    if (uniqKey === NO_KEY && !keys && tags <= 0) return;
    const file = this.#fileList.at(-1);
    if (file !== undefined && message.physicalOffset < file.endPhysicalOffset) return;
    // Equal only when the log is read again: the newest message may have been indexed in part, when its keys filled a file.
    this.#skipKeys =
      file !== undefined && message.physicalOffset === file.endPhysicalOffset ? this.#keysOf(message) : 0;
    const prefix = message.indexPrefix ?? this.#prefixOf(message.topic);
    if (uniqKey !== NO_KEY) this.#putKey(indexHash(prefix, uniqKey), message);
    if (keys) this.#putKeys(prefix, keys, message);
    if (tags > 0) this.#putKey(indexHash(continueHash(prefix, 'T#'), tags), message);
  }

  /** Searches from the newest file back. Source: IndexService#queryOffset. */
  query(topic: string, key: string, maxCount: number, begin: number, end: number, byTag: boolean): IndexHits {
    const physicalOffsets: number[] = [];
    const prefix = javaHash(`${topic}#${byTag ? 'T#' : ''}`);
    const hash = indexHash(prefix, indexKeyOf(key));
    for (let i = this.#fileList.length - 1; i >= 0 && physicalOffsets.length < maxCount; i--) {
      const file = this.#fileList[i]!;
      if (file.coversTime(begin, end)) file.select(physicalOffsets, hash, maxCount, begin, end);
      if (file.beginTimestamp < begin) break;
    }
    const last = this.#fileList.at(-1);
    return {
      physicalOffsets,
      lastUpdateTimestamp: last?.endTimestamp ?? 0,
      lastUpdatePhysicalOffset: last?.endPhysicalOffset ?? 0,
    };
  }

  /** Makes all that was put before the call durable; answers the store time up to which the files are then complete. */
  async flush(): Promise<number> {
    if (this.#directoryDirty) {
      this.#directoryDirty = false;
      const { files, directory } = this.#options;
      files.syncDirectorySync(directory);
      files.syncDirectorySync(directory.slice(0, directory.lastIndexOf('/')));
    }
    const full = this.#full;
    this.#full = [];
    for (const file of full) {
      await file.flush();
      file.release();
    }
    const last = this.#fileList.at(-1);
    const endTimestamp = last?.endTimestamp ?? 0;
    await last?.flush();
    return endTimestamp;
  }

  /** Deletes the files, all but the last, that end before the log begins. */
  deleteExpired(minPhysicalOffset: number): number {
    let count = 0;
    while (this.#fileList.length > 1 && this.#fileList[0]!.endPhysicalOffset < minPhysicalOffset) {
      const file = this.#fileList.shift()!;
      this.#full = this.#full.filter((other) => other !== file);
      file.remove();
      count++;
    }
    return count;
  }

  /** Deletes everything. */
  destroy(): void {
    for (const file of this.#fileList) file.remove();
    this.#fileList = [];
    this.#full = [];
  }

  close(): void {
    for (const file of this.#fileList) file.close();
  }

  #putKeys(prefix: number, keys: string, message: IndexedMessage): void {
    if (!keys.includes(' ')) {
      this.#putKey(indexHash(prefix, indexKeyOf(keys)), message);
      return;
    }
    for (const key of keys.split(' ')) if (key !== '') this.#putKey(indexHash(prefix, indexKeyOf(key)), message);
  }

  /** How many keys of the newest message in the index are there. */
  #keysOf(message: IndexedMessage): number {
    let count = 0;
    for (let i = this.#fileList.length - 1; i >= 0; i--) {
      const file = this.#fileList[i]!;
      if (file.endPhysicalOffset !== message.physicalOffset) break;
      count += file.trailingKeysOf(message.physicalOffset);
    }
    return count;
  }

  #putKey(hash: number, message: IndexedMessage): void {
    if (this.#skipKeys > 0) {
      this.#skipKeys--;
      return;
    }
    let file = this.#fileList.at(-1);
    if (file === undefined || file.isFull) {
      file = this.#tryRoll(file);
      if (file === undefined) return;
    }
    file.put(hash, message.physicalOffset, message.storeTimestamp);
    if (file.pendingEntries >= MAX_PENDING_ENTRIES) this.#tryWriteEntries(file);
  }

  #tryWriteEntries(file: IndexFile): void {
    try {
      file.writeEntries();
    } catch (error) {
      this.#options.writeFailed(error as Error);
    }
  }

  #tryRoll(previous: IndexFile | undefined): IndexFile | undefined {
    try {
      const { files, directory } = this.#options;
      files.mkdirSync(directory);
      const file = this.#openFile(this.#freeName());
      if (previous !== undefined) {
        file.continueFrom(previous);
        this.#full.push(previous);
      }
      this.#fileList.push(file);
      this.#directoryDirty = true;
      return file;
    } catch (error) {
      // The message stays findable by its queue; its keys are made up for when the log is dispatched again.
      this.#options.writeFailed(error as Error);
      return undefined;
    }
  }

  #openFile(name: string): IndexFile {
    const { files, directory, slotCount, entryCount } = this.#options;
    return IndexFile.open({ files, path: `${directory}/${name}`, slotCount, entryCount });
  }

  /** The time as the reference writes it, moved on when a file of that name exists. */
  #freeName(): string {
    let time = this.#options.clock.now();
    const { files, directory } = this.#options;
    while (files.statSync(`${directory}/${humanTime(time)}`) !== undefined) time++;
    return humanTime(time);
  }

  #prefixOf(topic: string): number {
    if (topic !== this.#lastTopic) {
      this.#lastTopic = topic;
      this.#lastPrefix = this.#knownPrefixOf(topic);
    }
    return this.#lastPrefix;
  }

  #knownPrefixOf(topic: string): number {
    const known = this.#prefixes.get(topic);
    if (known !== undefined) return known;
    if (this.#prefixes.size >= MAX_PREFIXES) this.#prefixes.clear();
    const hash = topicPrefixHash(topic);
    this.#prefixes.set(topic, hash);
    return hash;
  }
}

/** `yyyyMMddHHmmssSSS` in local time. Source: UtilAll#timeMillisToHumanString. */
function humanTime(timestamp: number): string {
  const time = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const clock = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  return `${date}${clock}${String(time.getMilliseconds()).padStart(3, '0')}`;
}
