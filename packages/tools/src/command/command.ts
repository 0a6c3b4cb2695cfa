/** What a command of mqadmin is: data, from which help, parsing, dispatch and reference derive, and `run`. */
import type { MQAdminExt } from '@rocketmq-ts/client';
import type { Clock, Files, Random } from '@rocketmq-ts/common';
import type { OptionDeclarations, OptionValues } from '../cli/option-declaration.js';
import type { Output } from '../cli/output.js';
import type { OptionGroup } from '../cli/parse-options.js';

/** What a command works with. */
export interface CommandContext {
  readonly admin: MQAdminExt;
  readonly out: Output;
  readonly clock: Clock;
  readonly files: Files;
  readonly random: Random;
  /** Name servers, `host:port`. */
  readonly nameServers: readonly string[];
  /** Who signs requests, where access control is on. */
  readonly credentials:
    | { readonly accessKey: string; readonly secretKey: string; readonly securityToken?: string }
    | undefined;
}

/** How a command ended: undefined (or nothing) for well, a number to exit with it. */
export type ExitCode = number | undefined;

export interface CommandDeclaration<D extends OptionDeclarations> {
  /** As typed, e.g. `topicList`; upper and lower case do not matter. */
  readonly name: string;
  /** One sentence for the list of commands. */
  readonly doc: string;
  /** Those that all commands have are added. */
  readonly options: D;
  readonly groups?: readonly OptionGroup[];
  /** Throws what the admin client throws, and UsageError. */
  readonly run: (context: CommandContext, options: OptionValues<D>) => Promise<ExitCode> | Promise<void>;
}

/** A command whose options' types are known to nobody but itself. */
export type Command = CommandDeclaration<OptionDeclarations>;

/** Types `run` by the declared options. */
export function defineCommand<const D extends OptionDeclarations>(declaration: CommandDeclaration<D>): Command {
  return declaration as unknown as Command;
}
