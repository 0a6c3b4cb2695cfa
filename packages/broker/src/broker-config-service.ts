/** The configuration of a broker over the wire, with the version that tells others of a change. */
import { type Clock, type Configuration, DataVersion, type Files, type Logger } from '@rocketmq-ts/common';
import { RemoteConfiguration, ResponseCode } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from './config.js';

export interface BrokerConfigServiceParts {
  readonly configuration: Configuration;
  readonly config: Pick<BrokerConfig, 'brokerConfigPath' | 'configBlackList'>;
  readonly clock: Clock;
  readonly files: Files;
  readonly logger: Logger;
}

/** Source: Configuration, AdminBrokerProcessor#updateBrokerConfig. */
export class BrokerConfigService {
  readonly #remote: RemoteConfiguration;
  readonly #clock: Clock;
  readonly dataVersion: DataVersion;

  constructor(parts: BrokerConfigServiceParts) {
    const { config, clock } = parts;
    this.#clock = clock;
    this.#remote = new RemoteConfiguration({
      ...parts,
      path: config.brokerConfigPath,
      blackList: config.configBlackList,
      invalidCode: ResponseCode.INVALID_PARAMETER,
    });
    this.dataVersion = new DataVersion(clock.now());
  }

  /** `key=value` lines, secrets masked. */
  describe(): string {
    return this.#remote.describe();
  }

  /**
   * Applies properties text, all of it or nothing, and writes the file.
   * @throws RocketMQError NO_PERMISSION for a key that may not change, INVALID_PARAMETER for a value that is not accepted
   */
  update(body: Buffer): Promise<void> {
    return this.#remote.update(body, () => this.dataVersion.next(this.#clock.now()));
  }
}
