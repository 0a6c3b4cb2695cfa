/** The table of all commands of the protocol, by code and by name, gathered from the families. */
import type { CommandDeclaration, HeaderSchema } from '../header-schema.js';
import * as auth from './auth.js';
import * as brokerAdmin from './broker-admin.js';
import * as client from './client.js';
import * as coldData from './cold-data.js';
import * as container from './container.js';
import * as controller from './controller.js';
import * as groupAdmin from './group-admin.js';
import * as ha from './ha.js';
import * as inheritedFields from './inherited-fields.js';
import * as kv from './kv.js';
import * as lite from './lite.js';
import * as offset from './offset.js';
import * as pop from './pop.js';
import * as pull from './pull.js';
import * as query from './query.js';
import * as rebalance from './rebalance.js';
import * as reply from './reply.js';
import * as route from './route.js';
import * as send from './send.js';
import * as timer from './timer.js';
import * as topicAdmin from './topic-admin.js';
import * as transaction from './transaction.js';

export * from './auth.js';
export * from './broker-admin.js';
export * from './client.js';
export * from './cold-data.js';
export * from './container.js';
export * from './controller.js';
export * from './group-admin.js';
export * from './ha.js';
export * from './inherited-fields.js';
export * from './kv.js';
export * from './lite.js';
export * from './offset.js';
export * from './pop.js';
export * from './pull.js';
export * from './query.js';
export * from './rebalance.js';
export * from './reply.js';
export * from './route.js';
export * from './send.js';
export * from './timer.js';
export * from './topic-admin.js';
export * from './transaction.js';

const FAMILIES = [
  inheritedFields,
  auth,
  brokerAdmin,
  client,
  coldData,
  container,
  controller,
  groupAdmin,
  ha,
  kv,
  lite,
  offset,
  pop,
  pull,
  query,
  rebalance,
  reply,
  route,
  send,
  timer,
  topicAdmin,
  transaction,
];

function isCommand(value: object): value is CommandDeclaration {
  return 'code' in value;
}

function isHeader(value: object): value is HeaderSchema {
  return 'fields' in value;
}

const declarations: readonly object[] = FAMILIES.flatMap((family) => Object.values<object>({ ...family }));

/** Every command that the reference knows, ascending by code. */
export const COMMANDS: readonly CommandDeclaration[] = declarations.filter(isCommand).sort((a, b) => a.code - b.code);

/** Every declared header, by name. */
export const HEADERS: readonly HeaderSchema[] = declarations
  .filter(isHeader)
  .sort((a, b) => (a.name < b.name ? -1 : 1));

const BY_CODE: ReadonlyMap<number, CommandDeclaration> = new Map(COMMANDS.map((command) => [command.code, command]));
const BY_NAME: ReadonlyMap<string, CommandDeclaration> = new Map(COMMANDS.map((command) => [command.name, command]));

/** The command with this request code; undefined for a code that nobody declares. */
export function commandOf(code: number): CommandDeclaration | undefined {
  return BY_CODE.get(code);
}

/** The command with this name, e.g. `SEND_MESSAGE_V2`. */
export function commandNamed(name: string): CommandDeclaration | undefined {
  return BY_NAME.get(name);
}

/** The name of a request code for messages and logs; the number itself when nobody declares it. */
export function nameOfCode(code: number): string {
  return BY_CODE.get(code)?.name ?? String(code);
}
