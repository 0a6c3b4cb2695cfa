/** Shows the configuration to administrators, and changes what may be changed while running. */
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
import { ResponseCode } from '@rocketmq-ts/remoting';
import type { NamesrvConfig } from './config.js';

/** Never changed by the reference, whatever its list says. */
const ALWAYS_REFUSED = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];
const MAX_BODY_BYTES = 64 * 1024;

/** Only keys declared reloadable change; the black list only decides how a refusal reads. Source: DefaultRequestProcessor, Configuration. */
export class ConfigService {
  readonly #configuration: Configuration;
  readonly #store: ConfigStore;
  readonly #refused: ReadonlySet<string>;

  /** The file written is the one of the start; no request can move it. */
  constructor(options: ConfigManagerDependencies & { configuration: Configuration; config: NamesrvConfig }) {
    const { configuration, config } = options;
    this.#configuration = configuration;
    this.#store = new ConfigStore(config.configStorePath, configuration, options);
    this.#refused = new Set([...ALWAYS_REFUSED, ...config.configBlackList.split(';')]);
  }

  /** `key=value` lines, secrets masked. */
  describe(): string {
    return this.#configuration.toPropertiesText();
  }

  /**
   * Applies properties text, all of it or nothing, and writes the file.
   * @throws RocketMQError NO_PERMISSION for a key that may not change, SYSTEM_ERROR for a value that is not accepted
   */
  async update(body: Buffer): Promise<void> {
    const properties = parseProperties(body);
    for (const key of properties.keys()) {
      if (this.#refused.has(key))
        throw new RocketMQError(ResponseCode.NO_PERMISSION, 'Can not update config in black list.');
    }
    if (this.#apply(properties) === 0 || (await this.#store.persist())) return;
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'config changed, but its file could not be written');
  }

  #apply(properties: ReadonlyMap<string, string>): number {
    try {
      return this.#configuration.update(properties).length;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const code = error instanceof ConfigNotReloadableError ? ResponseCode.NO_PERMISSION : ResponseCode.SYSTEM_ERROR;
      throw new RocketMQError(code, `Can not update config: ${error.message.slice(0, 500)}`, { cause: error });
    }
  }
}

function parseProperties(body: Buffer): ReadonlyMap<string, string> {
  if (body.length > MAX_BODY_BYTES)
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, `more than ${MAX_BODY_BYTES} bytes`);
  try {
    return readProperties(body.toString('utf8'));
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'string2Properties error', { cause: error });
  }
}

/** The properties file that changed settings go to. */
class ConfigStore extends ConfigManager {
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
