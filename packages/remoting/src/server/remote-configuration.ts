/** The configuration of a server as administrators see it and change it over the wire. */
import {
  ConfigError,
  ConfigManager,
  type ConfigManagerDependencies,
  ConfigNotReloadableError,
  type Configuration,
  MalformedDataError,
  RocketMQError,
  readProperties,
} from '@rocketmq-ts/common';
import { ResponseCode } from '../protocol/response-code.js';

export interface RemoteConfigurationOptions extends ConfigManagerDependencies {
  readonly configuration: Configuration;
  /** The file the server was started from, which no request can move; without one, changes last until the end. */
  readonly path: string | undefined;
  /** Keys that are refused by name, separated by `;`. */
  readonly blackList: string;
  /** The code for values that are not accepted. */
  readonly invalidCode: number;
}

const MAX_BODY_BYTES = 64 * 1024;
const MAX_REASON_CHARS = 500;

/** Only keys declared reloadable change; the black list only decides how a refusal reads. Source: Configuration. */
export class RemoteConfiguration {
  readonly #configuration: Configuration;
  readonly #file: ConfigurationFile | undefined;
  readonly #refused: ReadonlySet<string>;
  readonly #invalidCode: number;

  constructor(options: RemoteConfigurationOptions) {
    const { configuration, path, blackList, invalidCode } = options;
    this.#configuration = configuration;
    this.#file = path === undefined ? undefined : new ConfigurationFile(path, configuration, options);
    this.#refused = new Set(blackList.split(';').map((key) => key.trim()));
    this.#invalidCode = invalidCode;
  }

  /** `key=value` lines, secrets masked. */
  describe(): string {
    return this.#configuration.toPropertiesText();
  }

  /**
   * Applies properties text, all of it or nothing, and writes the file. `changed` is called in between, when anything
   * did change.
   * @throws RocketMQError NO_PERMISSION for a key that may not change, `invalidCode` for a value that is not accepted,
   * SYSTEM_ERROR when the file cannot be written
   */
  async update(body: Buffer, changed?: () => void): Promise<void> {
    const properties = this.#parse(body);
    for (const key of properties.keys()) {
      if (this.#refused.has(key)) {
        throw new RocketMQError(ResponseCode.NO_PERMISSION, 'Can not update config in black list.');
      }
    }
    if (!this.#apply(properties)) return;
    changed?.();
    if (this.#file !== undefined && !(await this.#file.persist())) {
      throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'config changed, but its file could not be written');
    }
  }

  #parse(body: Buffer): ReadonlyMap<string, string> {
    if (body.length > MAX_BODY_BYTES) {
      throw new RocketMQError(this.#invalidCode, `the configuration has more than ${MAX_BODY_BYTES} bytes`);
    }
    try {
      return readProperties(body.toString('utf8'));
    } catch (error) {
      if (!(error instanceof MalformedDataError)) throw error;
      throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'string2Properties error', { cause: error });
    }
  }

  #apply(properties: ReadonlyMap<string, string>): boolean {
    try {
      return this.#configuration.update(properties).length > 0;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const code = error instanceof ConfigNotReloadableError ? ResponseCode.NO_PERMISSION : this.#invalidCode;
      const reason = error.message.slice(0, MAX_REASON_CHARS);
      throw new RocketMQError(code, `Can not update config: ${reason}`, { cause: error });
    }
  }
}

/** The properties file that changed settings go to. */
class ConfigurationFile extends ConfigManager {
  readonly #configuration: Configuration;

  constructor(path: string, configuration: Configuration, dependencies: ConfigManagerDependencies) {
    super(path, dependencies);
    this.#configuration = configuration;
  }

  protected override encode(): string {
    return this.#configuration.toFileText();
  }

  protected override decode(text: string): void {
    this.#configuration.load(text);
  }
}
