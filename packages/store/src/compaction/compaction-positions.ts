/**
 * The file `compaction/position-checkpoint`: for each queue the offset up to
 * which its keys were compared. Source: CompactionPositionMgr.
 */
import {
  ConfigManager,
  type ConfigManagerDependencies,
  type ConfigOrigin,
  isJsonObject,
  jsonEntries,
  MalformedDataError,
  parseJson,
  writeJson,
} from '@rocketmq-ts/common';

/**
 * An older position, or none, only means that something is compared again, among
 * records that all stand in the compaction log: a cache, for which no start fails.
 */
export class CompactionPositions extends ConfigManager {
  #offsets = new Map<string, number>();

  /** `directory` is the store's `compaction`. */
  constructor(directory: string, dependencies: ConfigManagerDependencies) {
    super(`${directory}/position-checkpoint`, dependencies);
  }

  /** As far as it can be read. */
  override load(): ConfigOrigin {
    return super.load({ isCache: true });
  }

  /** The offset of the newest message that was compared; −1 for none. */
  get(topic: string, queueId: number): number {
    return this.#offsets.get(`${topic}_${queueId}`) ?? -1;
  }

  set(topic: string, queueId: number, offset: number): void {
    this.#offsets.set(`${topic}_${queueId}`, offset);
  }

  delete(topic: string, queueId: number): boolean {
    return this.#offsets.delete(`${topic}_${queueId}`);
  }

  protected encode(): string {
    return writeJson({ empty: this.#offsets.size === 0, queueOffsetMap: this.#offsets }, { pretty: true });
  }

  protected decode(text: string): void {
    const root = parseJson(text);
    if (!isJsonObject(root)) throw new MalformedDataError('expected an object with queueOffsetMap');
    const offsets = new Map<string, number>();
    for (const [queue, offset] of jsonEntries(root.queueOffsetMap)) {
      if (typeof queue !== 'string' || typeof offset !== 'number' || !Number.isSafeInteger(offset)) {
        throw new MalformedDataError(`the offset of '${String(queue)}' is no whole number`);
      }
      offsets.set(queue, offset);
    }
    this.#offsets = offsets;
  }
}
