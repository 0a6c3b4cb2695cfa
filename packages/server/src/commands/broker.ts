/** `rocketmq broker [-c FILE] [-n ADDRESSES] [-p] [-m]`. */
import { processPorts } from '../ports.js';
import { runRole } from '../process.js';
import { brokerSettings, startBroker } from '../roles/broker.js';

export async function broker(
  options: { configFile?: string; namesrvAddr?: string; printConfigItem?: boolean; printImportantConfig?: boolean },
  definitions: readonly string[],
): Promise<void> {
  const ports = processPorts(definitions);
  const { configFile, namesrvAddr } = options;
  const roleOptions = {
    configFile,
    ...(namesrvAddr === undefined ? {} : { commandLine: new Map([['namesrvAddr', namesrvAddr]]) }),
  };
  if (options.printConfigItem || options.printImportantConfig) {
    const { configuration } = brokerSettings(roleOptions, ports);
    const lines = configuration.describe({ importantOnly: !options.printConfigItem });
    process.stdout.write(`${lines.join('\n')}\n`);
    return;
  }
  await runRole('broker', ports.logger, () => startBroker(roleOptions, ports));
}
