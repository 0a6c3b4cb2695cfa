// Starts our own server as a user would: the built command in a process of its own.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import type { Launch, Server } from './launch.js';

const COMMAND = fileURLToPath(new URL('../../../packages/server/bin/rocketmq.js', import.meta.url));
const READY_TIMEOUT_MS = 30_000;

async function start(launch: Launch, args: readonly string[]): Promise<Server> {
  if (!existsSync(COMMAND)) throw new Error(`${COMMAND} is missing: run "npm run build" first`);
  const definitions = Object.entries(launch.properties ?? {}).map(([name, value]) => `-D${name}=${value}`);
  if (launch.tlsProperties) definitions.push(`-Dtls.config.file=${launch.tlsProperties}`);
  const child = new Child({
    command: process.execPath,
    args: [COMMAND, ...args, ...definitions],
    logFile: launch.logFile,
  });
  try {
    await child.mustPrint(/ready in [\d.]+ ms/, READY_TIMEOUT_MS);
  } catch (failure) {
    await child.kill();
    throw failure;
  }
  return { address: `127.0.0.1:${launch.port}`, child };
}

/** Name server and broker in one process. */
export function startOurStandalone(launch: Launch): Promise<Server> {
  const namesrvPort = launch.namesrv.split(':').at(-1) ?? '';
  const ports = ['--namesrv-port', namesrvPort, '--broker-port', String(launch.port)];
  const unused = ['--proxy-port', '0', '--console-port', '0'];
  const data = ['--data', launch.storeDir, '--host', '127.0.0.1', '-c', launch.configFile];
  return start(launch, ['standalone', ...data, ...ports, ...unused]);
}

/** A name server alone. */
export function startOurNamesrv(launch: Launch): Promise<Server> {
  return start(launch, ['namesrv', '-c', launch.configFile]);
}

/** A broker alone. */
export function startOurBroker(launch: Launch): Promise<Server> {
  return start(launch, ['broker', '-c', launch.configFile, '-n', launch.namesrv]);
}

/** A container with the brokers that its configuration names. */
export function startOurContainer(launch: Launch): Promise<Server> {
  return start(launch, ['broker-container', '-c', launch.configFile, '-n', launch.namesrv]);
}
