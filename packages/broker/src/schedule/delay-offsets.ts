/** How far each delay level has been delivered, and `config/delayOffset.json`. */
import {
  type Clock,
  ConfigManager,
  DataVersion,
  type Files,
  type Logger,
  parseJson,
  writeJson,
} from '@rocketmq-ts/common';
import { DelayOffsetSerializeWrapper } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config.js';

export interface DelayOffsetsParts {
  readonly config: Pick<BrokerConfig, 'delayOffsetUpdateVersionStep'>;
  readonly store: Pick<Store, 'flush' | 'flags'>;
  readonly path: string;
  readonly files: Files;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Source: ScheduleMessageService, DelayOffsetSerializeWrapper. */
export class DelayOffsets extends ConfigManager {
  readonly #parts: DelayOffsetsParts;
  readonly #table = new Map<number, number>();
  readonly dataVersion: DataVersion;
  /** What the file is written from. */
  #text = '';
  #changes = 0;
  #dirty = false;

  constructor(parts: DelayOffsetsParts) {
    super(parts.path, parts);
    this.#parts = parts;
    this.dataVersion = new DataVersion(parts.clock.now());
  }

  /** Queue offset of the next message of each level that was ever used. */
  get table(): ReadonlyMap<number, number> {
    return this.#table;
  }

  /** Offset of the next message of a level; 0 when nothing is known of it. */
  get(level: number): number {
    return this.#table.get(level) ?? 0;
  }

  set(level: number, offset: number): void {
    if (this.#table.get(level) === offset) return;
    this.#table.set(level, offset);
    this.#dirty = true;
    if (++this.#changes % this.#parts.config.delayOffsetUpdateVersionStep === 0) {
      this.dataVersion.next(this.#parts.clock.now());
    }
  }

  /**
   * Writes the table, when it has changed, after the messages that it calls delivered are on disk:
   * a loss of power must not leave the offset without the message.
   */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    const { store } = this.#parts;
    this.#dirty = false;
    const text = this.#write();
    await store.flush();
    if (store.flags.failed) {
      this.#dirty = true;
      return;
    }
    this.#text = text;
    if (!(await this.persist())) this.#dirty = true;
  }

  protected override encode(): string {
    return this.#text;
  }

  protected override decode(text: string): void {
    const { offsetTable, dataVersion } = DelayOffsetSerializeWrapper.read(parseJson(text), 'delayOffset.json');
    for (const [level, offset] of offsetTable) this.#table.set(level, offset);
    this.dataVersion.assign(dataVersion);
  }

  #write(): string {
    const offsetTable = new Map([...this.#table].sort(([a], [b]) => a - b));
    return writeJson(DelayOffsetSerializeWrapper.write({ offsetTable, dataVersion: this.dataVersion }), {
      pretty: true,
    });
  }
}
