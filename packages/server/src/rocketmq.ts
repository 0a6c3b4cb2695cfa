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
    .command('admin', { hidden: false })
    .description('mqadmin: administration, see `rocketmq admin help`')
    .allowUnknownOption()
    .helpOption(false)
    .argument('[words...]')
    .action(async (words: string[]) => {
      process.exitCode = await (await import('./commands/admin.js')).admin(words, definitions);
    });
  return command;
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
