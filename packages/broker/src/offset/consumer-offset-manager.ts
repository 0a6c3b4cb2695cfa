/** How far each group has consumed each queue, and `config/consumerOffset.json` or, with light topics, `lmqConsumerOffset.json`. */
import {
  type Clock,
  ConfigManager,
  type ConfigOrigin,
  DataVersion,
  type Files,
  isLmq,
  LMQ_QUEUE_ID,
  type Logger,
} from '@rocketmq-ts/common';
import type { Store } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config.js';
import { decodeOffsets, encodeOffsets, type OffsetTable, SEPARATOR } from './offset-file.js';

export interface ConsumerOffsetManagerParts {
  readonly config: Pick<BrokerConfig, 'consumerOffsetUpdateVersionStep' | 'useServerSideResetOffset'>;
  readonly storeConfig: { readonly enableLmq: boolean };
  readonly store: Pick<Store, 'minOffsetInQueue'>;
  /** The directory `config`. */
  readonly directory: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Clock;
}

const FILE = 'consumerOffset.json';
const LMQ_FILE = 'lmqConsumerOffset.json';

/** The key of the tables: neither a topic nor a group has an `@`. */
function keyOf(topic: string, group: string): string {
  return topic + SEPARATOR + group;
}

function put(table: OffsetTable, key: string, queueId: number, offset: number): number | undefined {
  const queues = table.get(key);
  if (queues === undefined) {
    table.set(key, new Map([[queueId, offset]]));
    return undefined;
  }
  const previous = queues.get(queueId);
  queues.set(queueId, offset);
  return previous;
}

/** Source: ConsumerOffsetManager. */
export class ConsumerOffsetManager extends ConfigManager {
  readonly #parts: ConsumerOffsetManagerParts;
  readonly #offsets: OffsetTable = new Map();
  /** Where groups pull, in memory only. */
  readonly #pullOffsets: OffsetTable = new Map();
  /** Resets that the group has not heard of yet, in memory only. */
  readonly #resets: OffsetTable = new Map();
  readonly #enableLmq: boolean;
  readonly dataVersion: DataVersion;
  #commits = 0;
  #dirty = false;

  constructor(parts: ConsumerOffsetManagerParts) {
    super(`${parts.directory}/${parts.storeConfig.enableLmq ? LMQ_FILE : FILE}`, parts);
    this.#parts = parts;
    this.#enableLmq = parts.storeConfig.enableLmq;
    this.dataVersion = new DataVersion(parts.clock.now());
  }

  /** Reads the file; the first time with light topics the one without, so that nobody begins anew. */
  override load(): ConfigOrigin {
    const origin = super.load();
    const { directory, files, logger } = this.#parts;
    const former = `${directory}/${FILE}`;
    if (origin !== 'none' || !this.#enableLmq || files.statSync(former) === undefined) return origin;
    this.decode(files.readFileSync(former).toString('utf8'));
    this.#dirty = true;
    logger.info('offsets taken over: from now on they are kept for light topics, too', { from: former });
    return 'file';
  }

  /** Offsets by `topic@group`, then queue id. */
  get table(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    return this.#offsets;
  }

  commit(request: { clientHost: string; group: string; topic: string; queueId: number; offset: number }): void {
    const { clientHost, group, topic, offset } = request;
    const queueId = this.#queueOf(group, request.queueId);
    const previous = put(this.#offsets, keyOf(topic, group), queueId, offset);
    if (previous === offset) return;
    this.#dirty = true;
    if (previous !== undefined && offset < previous) {
      this.#parts.logger.debug('consumer offset went back', {
        group,
        topic,
        queueId,
        previous,
        offset,
        peer: clientHost,
      });
    }
    if (++this.#commits % this.#parts.config.consumerOffsetUpdateVersionStep === 0) {
      this.dataVersion.next(this.#parts.clock.now());
    }
  }

  commitPull(group: string, topic: string, queueId: number, offset: number): void {
    put(this.#pullOffsets, keyOf(topic, group), queueId, offset);
  }

  /** The committed offset, or the one it was reset to; -1 when there is none. */
  query(group: string, topic: string, queueId: number): number {
    const key = keyOf(topic, group);
    if (this.#parts.config.useServerSideResetOffset) {
      const reset = this.#resets.get(key)?.get(queueId);
      if (reset !== undefined) return reset;
    }
    return this.#offsets.get(key)?.get(this.#queueOf(group, queueId)) ?? -1;
  }

  /** Where the group pulls; what it committed when it has not pulled. */
  queryPull(group: string, topic: string, queueId: number): number {
    return this.#pullOffsets.get(keyOf(topic, group))?.get(queueId) ?? this.query(group, topic, queueId);
  }

  /** All committed offsets of a group on a topic, by queue id. */
  offsetsOf(group: string, topic: string): ReadonlyMap<number, number> | undefined {
    return this.#offsets.get(keyOf(topic, group));
  }

  /** Moves a group: its next pull is told of it. Source: #assignResetOffset. */
  assignReset(topic: string, group: string, queueId: number, offset: number): void {
    const key = keyOf(topic, group);
    put(this.#resets, key, queueId, offset);
    put(this.#offsets, key, queueId, offset);
    this.#dirty = true;
  }

  hasReset(topic: string, group: string, queueId: number): boolean {
    return this.#resets.get(keyOf(topic, group))?.has(queueId) ?? false;
  }

  takeReset(group: string, topic: string, queueId: number): number | undefined {
    if (this.#resets.size === 0) return undefined;
    const key = keyOf(topic, group);
    const queues = this.#resets.get(key);
    const offset = queues?.get(queueId);
    if (queues === undefined || offset === undefined) return undefined;
    queues.delete(queueId);
    if (queues.size === 0) this.#resets.delete(key);
    return offset;
  }

  clearPull(group: string, topic: string): void {
    this.#pullOffsets.delete(keyOf(topic, group));
  }

  /** Copies the offsets of one group on a topic to another group. */
  clone(fromGroup: string, toGroup: string, topic: string): void {
    const offsets = this.#offsets.get(keyOf(topic, fromGroup));
    if (offsets === undefined) return;
    this.#offsets.set(keyOf(topic, toGroup), new Map(offsets));
    this.#dirty = true;
  }

  topicsOf(group: string): Set<string> {
    const topics = new Set<string>();
    for (const key of this.#offsets.keys()) {
      const at = key.indexOf(SEPARATOR);
      if (key.slice(at + 1) === group) topics.add(key.slice(0, at));
    }
    return topics;
  }

  groupsOf(topic: string): Set<string> {
    const groups = new Set<string>();
    for (const key of this.#offsets.keys()) {
      const at = key.indexOf(SEPARATOR);
      if (key.slice(0, at) === topic) groups.add(key.slice(at + 1));
    }
    return groups;
  }

  /** The lowest offset of all groups but `excluded`, by queue id; offsets of messages that are gone do not count. */
  minOffsetsInAllGroups(topic: string, excluded: ReadonlySet<string>): Map<number, number> {
    const result = new Map<number, number>();
    for (const group of this.groupsOf(topic)) {
      if (excluded.has(group)) continue;
      for (const [queueId, offset] of this.offsetsOf(group, topic) ?? []) {
        if (offset < this.#parts.store.minOffsetInQueue(topic, queueId)) continue;
        result.set(queueId, Math.min(offset, result.get(queueId) ?? Number.MAX_SAFE_INTEGER));
      }
    }
    return result;
  }

  removeTopic(topic: string): void {
    this.#removeWhere((key) => key.slice(0, key.indexOf(SEPARATOR)) === topic);
  }

  removeGroup(group: string): void {
    this.#removeWhere((key) => key.slice(key.indexOf(SEPARATOR) + 1) === group);
  }

  /** Writes the file when something changed since the last time. */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    if (!(await this.persist())) this.#dirty = true;
  }

  /** A light group has one offset on a topic, whatever queue is asked for. Source: LmqConsumerOffsetManager. */
  #queueOf(group: string, queueId: number): number {
    return this.#enableLmq && isLmq(group) ? LMQ_QUEUE_ID : queueId;
  }

  protected override encode(): string {
    return encodeOffsets(this.#offsets, this.dataVersion, this.#enableLmq);
  }

  protected override decode(text: string): void {
    const { offsets, dataVersion } = decodeOffsets(text);
    for (const [key, queues] of offsets) this.#offsets.set(key, queues);
    this.dataVersion.assign(dataVersion);
  }

  #removeWhere(isGone: (key: string) => boolean): void {
    for (const table of [this.#offsets, this.#pullOffsets, this.#resets]) {
      for (const key of table.keys()) {
        if (isGone(key)) table.delete(key);
      }
    }
    this.#dirty = true;
  }
}
