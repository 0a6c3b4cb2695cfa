/** `rocketmq broker-container [-c FILE] [-b FILE:FILE] [-n ADDRESSES] [-p] [-m]`. */
import { processPorts } from '../ports.js';
import { runRole } from '../process.js';
import { brokerContainerSettings, startBrokerContainer } from '../roles/broker-container.js';

interface Options {
  readonly configFile?: string;
  readonly brokerConfigFiles?: string;
  readonly namesrvAddr?: string;
  readonly printConfigItem?: boolean;
  readonly printImportantConfig?: boolean;
}

export async function brokerContainer(options: Options, definitions: readonly string[]): Promise<void> {
  const ports = processPorts(definitions);
  const { configFile, brokerConfigFiles, namesrvAddr } = options;
  const roleOptions = {
    configFile,
    brokerConfigFiles,
    ...(namesrvAddr === undefined ? {} : { commandLine: new Map([['namesrvAddr', namesrvAddr]]) }),
    definitions,
  };
  if (options.printConfigItem || options.printImportantConfig) {
    const { configuration } = brokerContainerSettings(roleOptions, ports);
    const lines = configuration.describe({ importantOnly: !options.printConfigItem });
    process.stdout.write(`${lines.join('\n')}\n`);
    return;
  }
  await runRole('broker-container', ports.logger, () => startBrokerContainer(roleOptions, ports));
}
