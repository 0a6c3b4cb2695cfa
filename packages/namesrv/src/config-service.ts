/** The configuration of a name server over the wire. */
import type { ConfigManagerDependencies, Configuration } from '@rocketmq-ts/common';
import { RemoteConfiguration, ResponseCode } from '@rocketmq-ts/remoting';
import type { NamesrvConfig } from './config.js';

/** Never changed by the reference, whatever its list says. */
const ALWAYS_REFUSED = 'configBlackList;configStorePath;kvConfigPath;rocketmqHome';

/** Source: DefaultRequestProcessor, Configuration. */
export class ConfigService extends RemoteConfiguration {
  constructor(options: ConfigManagerDependencies & { configuration: Configuration; config: NamesrvConfig }) {
    const { config } = options;
    super({
      ...options,
      path: config.configStorePath,
      blackList: `${ALWAYS_REFUSED};${config.configBlackList}`,
      invalidCode: ResponseCode.SYSTEM_ERROR,
    });
  }
}
