/** The `rocketmq` command: one sub-command per role, each loaded only when it is asked for. */
import { Command, InvalidArgumentError } from 'commander';
import { fail } from './process.js';

/** Runs the command line; a role keeps the process running until it is stopped. */
export async function main(args: readonly string[]): Promise<void> {
  const { definitions, words } = splitDefinitions(args);
  try {
    await program(definitions).parseAsync(words, { from: 'user' });
  } catch (error) {
    fail(words[0] ?? '', error);
  }
}

function program(definitions: readonly string[]): Command {
  const command = new Command('rocketmq')
    .description('Apache RocketMQ in TypeScript: servers and tools. An independent implementation.')
    .addHelpText(
      'after',
      '\n-Dname=value anywhere sets what the reference calls a system property, e.g. -Dtls.server.mode=enforcing',
    );
  command
    .command('standalone')
    .description('name server and broker in one process')
    .option('--data <dir>', 'where everything is stored', './data')
    .option('--host <address>', 'address to listen on and to announce', '127.0.0.1')
    .option('-c, --configFile <file>', 'broker configuration (broker.conf)')
    .option('--namesrv-port <port>', 'name server', port, 9876)
    .option('--broker-port <port>', 'broker; the port two below is used too', port, 10911)
    .option('--proxy-port <port>', 'gRPC proxy (not part of this version)', port, 8081)
    .option('--console-port <port>', 'console (not part of this version)', port, 8082)
    .action(async (_options, command: Command) =>
      (await import('./commands/standalone.js')).standalone(command, definitions),
    );
  command
    .command('namesrv')
    .description('a name server')
    .option('-c, --configFile <file>', 'configuration file')
    .option('-p, --printConfigItem', 'print all configuration and exit')
    .action(async (options) => (await import('./commands/namesrv.js')).namesrv(options, definitions));
  command
    .command('broker')
    .description('a broker')
    .option('-c, --configFile <file>', 'configuration file (broker.conf)')
    .option('-n, --namesrvAddr <addresses>', 'name servers, separated by ;')
    .option('-p, --printConfigItem', 'print all configuration and exit')
    .option('-m, --printImportantConfig', 'print the important configuration and exit')
    .action(async (options) => (await import('./commands/broker.js')).broker(options, definitions));
  command
    .command('broker-container')
    .description('several brokers in one process, each on a thread of its own')
    .option('-c, --configFile <file>', 'container configuration')
    .option('-b, --brokerConfigFiles <files>', 'broker configurations, separated by : (else its brokerConfigPaths)')
    .option('-n, --namesrvAddr <addresses>', 'name servers, separated by ;')
    .option('-p, --printConfigItem', 'print all configuration and exit')
    .option('-m, --printImportantConfig', 'print the important configuration and exit')
    .action(async (options) => (await import('./commands/broker-container.js')).brokerContainer(options, definitions));
  command
    .command('admin', { hidden: false })
    .description('mqadmin: administration, see `rocketmq admin help`')
    .allowUnknownOption()
    .helpOption(false)
    .argument('[words...]')
    .action(async (words: string[]) => {
      process.exitCode = await (await import('./commands/admin.js')).admin(words, definitions);
    });
  addStoreCommands(command.command('store').description('stores looked at from outside, without a broker'));
  return command;
}

/** Exit codes of these: 0 nothing is wrong, 1 problems were found, 2 the command could not be run. */
function addStoreCommands(store: Command): void {
  const load = () => import('./commands/store.js');
  const add = (words: string, description: string): Command =>
    store
      .command(words)
      .description(description)
      .option('--json', 'machine-readable output')
      .option('-c, --configFile <file>', 'broker.conf, for sizes and places that the files do not tell')
      .option('--commitlog <dirs>', 'directories of the log, separated by commas, when it is not in DIR/commitlog')
      .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  add('inspect <dir>', 'files, ranges, counts: what can be known at once').action(async (root, options) =>
    (await load()).inspect(root, options, false),
  );
  add(
    'verify <dir>',
    'reads everything: CRCs, and whether log, queues, index, timer and compaction logs fit together',
  ).action(async (root, options) => (await load()).inspect(root, options, true));
  add('dump <dir> [kind]', 'prints messages (default) or entries, a line each; an unknown kind lists those there are')
    .option('-t, --topic <topic>')
    .option('-q, --queue <id>', 'queue id', wholeNumber)
    .option('--from <offset>', 'first queue offset', wholeNumber)
    .option('--to <offset>', 'queue offset to stop before', wholeNumber)
    .option('-k, --key <key>', 'one of the KEYS, or the unique key')
    .option('--begin <ms>', 'earliest store time', wholeNumber)
    .option('--end <ms>', 'latest store time', wholeNumber)
    .option('-n, --count <count>', 'stop after so many', wholeNumber)
    .option('--body', 'with bodies, base64')
    .action(async (root, kind, options) => (await load()).dump(root, kind ?? 'messages', options));
  add('repair <dir>', 'sets aside what is damaged and makes it again from the log')
    .option('--dry-run', 'only say what would be done')
    .action(async (root, options) => (await load()).repair(root, options));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError(`'${text}' is not a whole number`);
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError(`'${text}' is not a port (0 to 65535)`);
  return value;
}

/** Takes the `-Dname=value` words out. */
function splitDefinitions(args: readonly string[]): { definitions: string[]; words: string[] } {
  const isDefinition = (word: string): boolean => /^-D[^=]+=/.test(word);
  return { definitions: args.filter(isDefinition), words: args.filter((word) => !isDefinition(word)) };
}
