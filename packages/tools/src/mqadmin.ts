/** The command line of mqadmin: finds the command, reads its options, runs it and turns failures into one clear line. */
import { ClientError, MQAdminExt, requestSigner } from '@rocketmq-ts/client';
import {
  type Clock,
  type Environment,
  type Files,
  type Logger,
  MalformedDataError,
  type Net,
  nearestName,
  type Random,
  RocketMQError,
  type Turn,
} from '@rocketmq-ts/common';
import { RemotingClient, RemotingError } from '@rocketmq-ts/remoting';
import { credentialsOf } from './cli/credentials.js';
import { escapeLines } from './cli/format.js';
import { commandHelp, commandList } from './cli/help.js';
import { COMMON_OPTIONS } from './cli/option-declaration.js';
import { Output } from './cli/output.js';
import { parseOptions, UsageError } from './cli/parse-options.js';
import type { Command, CommandContext } from './command/command.js';
import { COMMANDS, NOT_YET } from './command/index.js';

/** What mqadmin touches of the outside world. */
export interface MqadminPorts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly files: Files;
  readonly net: Net;
  readonly random: Random;
  readonly turn: Turn;
  readonly logger: Logger;
  /** Standard output. */
  readonly write: (text: string) => void;
  /** Standard error. */
  readonly writeError: (text: string) => void;
}

/** Runs `mqadmin WORDS…`; gives the exit code: 0, or 1 after a failure, which is one line on the standard error. */
export async function mqadmin(words: readonly string[], ports: MqadminPorts): Promise<number> {
  const [name, ...rest] = words;
  try {
    if (name === undefined || name === '-h' || name === '--help' || (name === 'help' && rest.length === 0)) {
      return await printList(ports);
    }
    if (name !== 'help') return await runCommand(await findCommand(name), rest, ports);
    ports.write(commandHelp(await findCommand(rest[0]!)));
    return 0;
  } catch (error) {
    return fail(name ?? '', error, ports);
  }
}

async function printList({ write }: MqadminPorts): Promise<number> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  write(commandList(commands, NOT_YET));
  return 0;
}

/** @throws UsageError with the nearest name for an unknown command */
async function findCommand(name: string): Promise<Command> {
  const wanted = name.toLowerCase();
  for (const [known, load] of COMMANDS) if (known.toLowerCase() === wanted) return load();
  const missing = NOT_YET.find((known) => known.toLowerCase() === wanted);
  if (missing !== undefined) throw new UsageError(`the command ${missing} is not part of this version`);
  const near = nearestName(name, [...COMMANDS.keys(), ...NOT_YET]);
  const hint = near === undefined ? "see 'mqadmin help'" : `did you mean ${near}?`;
  throw new UsageError(`the sub command ${name} does not exist; ${hint}`);
}

async function runCommand(command: Command, words: readonly string[], ports: MqadminPorts): Promise<number> {
  const declarations = { ...COMMON_OPTIONS, ...command.options };
  const options = parseOptions(words, declarations, command.groups);
  if (options.help) {
    ports.write(commandHelp(command));
    return 0;
  }
  const nameServers = nameServersOf(options.namesrvAddr, ports.environment);
  const credentials = credentialsOf(ports.files, homeOf(ports.environment));
  const remoting = remotingOf(ports, credentials);
  const out = new Output({ write: ports.write, json: options.json });
  const { clock, files, random } = ports;
  const admin = new MQAdminExt({ remoting, nameServers });
  const context: CommandContext = { admin, out, clock, files, random, nameServers, credentials };
  try {
    const exitCode = await command.run(context, options);
    return exitCode ?? 0;
  } finally {
    out.flush();
    remoting.close();
  }
}

function remotingOf(ports: MqadminPorts, credentials: CommandContext['credentials']): RemotingClient {
  const { clock, net, turn, logger, environment } = ports;
  const signer = requestSigner(credentials, undefined);
  const useTls = environment.systemProperties.get('tls.enable')?.toLowerCase() === 'true';
  const tls = useTls ? { context: {}, verify: false } : undefined;
  return new RemotingClient({ clock, net, turn, logger, signer, tls });
}

function homeOf({ systemProperties, variables }: Environment): string | undefined {
  return systemProperties.get('rocketmq.home.dir') ?? variables.ROCKETMQ_HOME;
}

/** The option, else the system property, else the environment, as in the reference. */
function nameServersOf(given: string | undefined, { systemProperties, variables }: Environment): string[] {
  const text = given ?? systemProperties.get('rocketmq.namesrv.addr') ?? variables.NAMESRV_ADDR ?? '';
  const addresses = text.split(';').map((address) => address.trim());
  return [...new Set(addresses.filter((address) => address !== ''))];
}

/** Failures that are the operator's, the cluster's or the environment's are one line; anything else is a bug and shows its stack. */
function fail(name: string, error: unknown, { writeError }: MqadminPorts): number {
  if (!(error instanceof Error)) throw error;
  const hint = error instanceof UsageError && COMMANDS.has(name) ? `\nSee 'mqadmin help ${name}'.` : '';
  writeError(escapeLines(`mqadmin ${name}: ${isExpected(error) ? error.message + hint : error.stack}\n`));
  return 1;
}

function isExpected(error: Error): boolean {
  return (
    error instanceof UsageError ||
    error instanceof ClientError ||
    error instanceof RocketMQError ||
    error instanceof RemotingError ||
    error instanceof MalformedDataError ||
    !(error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
  );
}
