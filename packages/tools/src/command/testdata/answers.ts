/** For tests: runs a command against servers that give recorded answers. */
import { MQAdminExt, type MQAdminExtOptions } from '@rocketmq-ts/client';
import { assert, NodeClock, NodeFiles, NodeRandom } from '@rocketmq-ts/common';
import {
  codecOf,
  type CommandDeclaration,
  type HeaderSchema,
  NO_EXT_FIELDS,
  RemotingCommand,
  RemotingResponse,
  SerializeType,
} from '@rocketmq-ts/remoting';
import { COMMON_OPTIONS } from '../../cli/option-declaration.js';
import { Output } from '../../cli/output.js';
import { parseOptions } from '../../cli/parse-options.js';
import { COMMANDS } from '../index.js';

/** One answer; text bodies as they are, those of `QUERY_MESSAGE` in base 64. */
export interface Answer {
  readonly command: string;
  readonly code?: number;
  readonly remark?: string;
  readonly ext?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What was asked, for tests that look at requests. */
export interface Asked {
  readonly address: string;
  readonly command: string;
  readonly header: unknown;
  readonly body: string;
}

/** A client that answers each request with the first answer of its command. */
export function remotingOf(answers: readonly Answer[], asked: Asked[] = []): MQAdminExtOptions['remoting'] {
  const invoke = async (address: string, command: CommandDeclaration, header: unknown, options: { body?: unknown }): Promise<unknown> => {
    asked.push({ address, command: command.name, header, body: String(options.body ?? '') });
    const answer = answers.find((candidate) => candidate.command === command.name);
    assert(answer !== undefined, `no answer to ${command.name}`);
    return responseOf(address, command, answer);
  };
  return { invoke, closeConnection: () => undefined, closeIfSilent: () => undefined } as MQAdminExtOptions['remoting'];
}

function responseOf(address: string, command: CommandDeclaration, answer: Answer): RemotingResponse {
  const { code = 0, remark, ext = NO_EXT_FIELDS, body } = answer;
  const bytes = Buffer.from(body, command.name === 'QUERY_MESSAGE' ? 'base64' : 'utf8');
  const fields = { code, language: 'JAVA', version: 513, opaque: 1, flag: 1, remark };
  const received = new RemotingCommand(fields, ext, bytes.length === 0 ? undefined : bytes, SerializeType.JSON);
  const schema: HeaderSchema | undefined = command.response;
  return new RemotingResponse(address, received, schema === undefined ? undefined : codecOf(schema));
}

/** Runs a command; failures of the command reject. */
export async function runWithAnswers(
  [name = '', ...words]: readonly string[],
  answers: readonly Answer[],
): Promise<{ exitCode: number; output: string; asked: Asked[] }> {
  const load = COMMANDS.get(name);
  assert(load !== undefined, `no command ${name}`);
  const command = await load();
  const options = parseOptions(words, { ...COMMON_OPTIONS, ...command.options }, command.groups);
  let output = '';
  const out = new Output({ write: (text) => (output += text), json: options.json });
  const nameServers = ['127.0.0.2:39876'];
  const asked: Asked[] = [];
  const admin = new MQAdminExt({ remoting: remotingOf(answers, asked), nameServers });
  const ports = { clock: new NodeClock(), files: new NodeFiles(), random: new NodeRandom() };
  const exitCode = await command.run({ admin, out, nameServers, credentials: undefined, ...ports }, options);
  out.flush();
  return { exitCode: exitCode ?? 0, output, asked };
}
