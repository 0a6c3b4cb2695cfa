/** `mqadmin switchTimerEngine`: what keeps the times of timed messages. */
import { requiredText } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { defineCommand } from '../command.js';
import { eachTarget } from '../each-target.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

/** Engines with the names that the reference prints. */
const ENGINES = { R: 'ROCKSDB_TIMELINE', F: 'FILE_TIME_WHEEL' } as const;

export const switchTimerEngine = defineCommand({
  name: 'switchTimerEngine',
  doc: 'Choose what keeps the times of timed messages.',
  options: {
    ...brokerOrCluster,
    engineType: requiredText('e', 'engineType', 'R for the timeline in RocksDB, F for the wheel in files'),
  },
  groups: ONE_TARGET,
  async run(context, { engineType, ...target }) {
    const { admin, out } = context;
    if (engineType !== 'R' && engineType !== 'F') throw new UsageError('switchTimerEngine engineType must be R or F');
    return eachTarget(context, await targetMasters(context, target), async (address) => {
      await admin.brokers.switchTimerEngine(address, engineType);
      const text = 'switchTimerEngine to %s success, %s';
      out.report({ address, engineType }, text, ENGINES[engineType], address);
    });
  },
});
