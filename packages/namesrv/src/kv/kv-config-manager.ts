/** The key-value store of the name server: in memory, and in a JSON file that survives crashes. */
import {
  ConfigManager,
  type ConfigManagerDependencies,
  isJsonObject,
  MalformedDataError,
  parseJson,
  RocketMQError,
  writeJson,
} from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';

/** The namespace of `topic → brokerA:4;brokerB:4`, the fixed queues of ordered topics. Source: NamesrvUtil. */
export const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

/** Bounds of the store, since any peer may fill it. The reference has none. */
const KV_LIMITS = { nameChars: 1024, valueChars: 1024 * 1024, totalChars: 32 * 1024 * 1024, entries: 200_000 };

/** Namespaces of keys with their values. Source: KVConfigManager. */
export class KvConfigManager extends ConfigManager {
  #table = new Map<string, Map<string, string>>();
  #entries = 0;
  #chars = 0;

  constructor(path: string, dependencies: ConfigManagerDependencies) {
    super(path, dependencies);
  }

  get(namespace: string, key: string): string | undefined {
    return this.#table.get(namespace)?.get(key);
  }

  /** Body of GET_KVLIST_BY_NAMESPACE; `undefined` for a namespace that never had a key. Source: KVTable. */
  list(namespace: string): Buffer | undefined {
    const table = this.#table.get(namespace);
    return table === undefined ? undefined : Buffer.from(writeJson({ table }));
  }

  /**
   * Sets a value, durably once it resolves.
   * @throws RocketMQError with SYSTEM_ERROR when it passes a limit, or could not be written
   */
  async put(namespace: string, key: string, value: string): Promise<void> {
    this.#checkLimits(namespace, key, value);
    this.#set(namespace, key, value);
    await this.#persisted();
  }

  /** Removes a key, durably once it resolves; the namespace stays. @throws RocketMQError when it could not be written */
  async delete(namespace: string, key: string): Promise<void> {
    const table = this.#table.get(namespace);
    const value = table?.get(key);
    if (table === undefined || value === undefined) return;
    table.delete(key);
    this.#entries--;
    this.#chars -= key.length + value.length;
    await this.#persisted();
  }

  protected override encode(): string {
    return writeJson({ configTable: this.#table });
  }

  protected override decode(text: string): void {
    const value = parseJson(text);
    const namespaces = isJsonObject(value) ? value.configTable : undefined;
    if (!isJsonObject(namespaces)) throw new MalformedDataError("the KV configuration has no object 'configTable'");
    const read: [namespace: string, key: string, value: string][] = [];
    for (const [namespace, keys] of Object.entries(namespaces)) {
      if (!isJsonObject(keys)) throw new MalformedDataError(`the KV namespace '${namespace}' is not an object`);
      for (const [key, one] of Object.entries(keys)) {
        if (typeof one !== 'string') throw new MalformedDataError(`the KV key '${key}' of '${namespace}' is not text`);
        read.push([namespace, key, one]);
      }
    }
    this.#table = new Map(Object.keys(namespaces).map((namespace) => [namespace, new Map()]));
    this.#entries = 0;
    this.#chars = 0;
    for (const [namespace, key, one] of read) this.#set(namespace, key, one);
  }

  #set(namespace: string, key: string, value: string): void {
    let table = this.#table.get(namespace);
    if (table === undefined) {
      table = new Map();
      this.#table.set(namespace, table);
      this.#chars += namespace.length;
    }
    const previous = table.get(key);
    table.set(key, value);
    if (previous === undefined) this.#entries++;
    this.#chars += value.length + (previous === undefined ? key.length : -previous.length);
  }

  #checkLimits(namespace: string, key: string, value: string): void {
    const { nameChars, valueChars, totalChars, entries } = KV_LIMITS;
    if (namespace.length > nameChars || key.length > nameChars)
      throw tooMuch(`a name has more than ${nameChars} characters`);
    if (value.length > valueChars) throw tooMuch(`the value has more than ${valueChars} characters`);
    if (this.#entries >= entries && this.get(namespace, key) === undefined)
      throw tooMuch(`${entries} keys are stored already`);
    if (this.#chars + namespace.length + key.length + value.length > totalChars) throw tooMuch('the store is full');
  }

  async #persisted(): Promise<void> {
    if (await this.persist()) return;
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'KV config: changed, but the file could not be written');
  }
}

function tooMuch(reason: string): RocketMQError {
  return new RocketMQError(ResponseCode.SYSTEM_ERROR, `KV config: ${reason}`);
}
