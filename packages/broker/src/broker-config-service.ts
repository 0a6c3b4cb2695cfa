/** Shows the configuration to administrators, and changes what may be changed while running. */
import {
  type Clock,
  ConfigError,
  ConfigManager,
  ConfigNotReloadableError,
  type Configuration,
  DataVersion,
  type Files,
  type Logger,
  MalformedDataError,
  RocketMQError,
  readProperties,
} from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from './config.js';

export interface BrokerConfigServiceParts {
  readonly configuration: Configuration;
  readonly config: Pick<BrokerConfig, 'brokerConfigPath' | 'configBlackList'>;
  readonly clock: Clock;
  readonly files: Files;
  readonly logger: Logger;
}

const MAX_BODY_BYTES = 64 * 1024;
const MAX_REASON_CHARS = 500;

/** Source: Configuration, AdminBrokerProcessor#updateBrokerConfig. */
export class BrokerConfigService {
  readonly #configuration: Configuration;
  readonly #clock: Clock;
  /** The file the broker was started from; no request can move it. */
  readonly #file: ConfigFile | undefined;
  readonly #refused: ReadonlySet<string>;
  readonly dataVersion: DataVersion;

  constructor(parts: BrokerConfigServiceParts) {
    const { configuration, config, clock } = parts;
    this.#configuration = configuration;
    this.#clock = clock;
    this.#file =
      config.brokerConfigPath === undefined ? undefined : new ConfigFile(config.brokerConfigPath, configuration, parts);
    this.#refused = new Set(config.configBlackList.split(';').map((key) => key.trim()));
    this.dataVersion = new DataVersion(clock.now());
  }

  /** `key=value` lines, secrets masked. */
  describe(): string {
    return this.#configuration.toPropertiesText();
  }

  /**
   * Applies properties text, all of it or nothing, and writes the file. Only keys that are declared reloadable change.
   * @throws RocketMQError NO_PERMISSION for a key that may not change, INVALID_PARAMETER for a value that is not accepted
   */
  async update(body: Buffer): Promise<void> {
    const properties = parseProperties(body);
    for (const key of properties.keys()) {
      if (this.#refused.has(key)) {
        throw new RocketMQError(ResponseCode.NO_PERMISSION, 'Can not update config in black list.');
      }
    }
    if (!this.#apply(properties)) return;
    this.dataVersion.next(this.#clock.now());
    if (this.#file !== undefined && !(await this.#file.persist())) {
      throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'config changed, but its file could not be written');
    }
  }

  #apply(properties: ReadonlyMap<string, string>): boolean {
    try {
      return this.#configuration.update(properties).length > 0;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const refused = error instanceof ConfigNotReloadableError;
      const code = refused ? ResponseCode.NO_PERMISSION : ResponseCode.INVALID_PARAMETER;
      throw new RocketMQError(code, `Can not update config: ${error.message.slice(0, MAX_REASON_CHARS)}`, {
        cause: error,
      });
    }
  }
}

function parseProperties(body: Buffer): ReadonlyMap<string, string> {
  if (body.length > MAX_BODY_BYTES) {
    throw new RocketMQError(ResponseCode.INVALID_PARAMETER, `the configuration has more than ${MAX_BODY_BYTES} bytes`);
  }
  try {
    return readProperties(body.toString('utf8'));
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'string2Properties error', { cause: error });
  }
}

/** The properties file that changed settings go to. */
class ConfigFile extends ConfigManager {
  readonly #configuration: Configuration;

  constructor(path: string, configuration: Configuration, dependencies: { files: Files; logger: Logger }) {
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
