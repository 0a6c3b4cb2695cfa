/** `rocketmq namesrv [-c FILE] [-p]`. */
import { processPorts } from '../ports.js';
import { runRole } from '../process.js';
import { namesrvSettings, startNamesrv } from '../roles/namesrv.js';

export async function namesrv(
  options: { configFile?: string; printConfigItem?: boolean },
  definitions: readonly string[],
): Promise<void> {
  const ports = processPorts(definitions);
  if (options.printConfigItem) {
    const { configuration } = namesrvSettings(options, ports);
    process.stdout.write(`${configuration.describe().join('\n')}\n`);
    return;
  }
  await runRole('namesrv', ports.logger, () => startNamesrv(options, ports));
}
