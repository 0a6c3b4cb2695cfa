// Starts the Apache name server and broker, small, each in its own JVM.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Child } from './child.js';
import { REFERENCE, referenceClassPath } from './java.js';
import type { Launch, Server } from './launch.js';
import { ask } from './wire.js';

const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
const GET_ROUTEINFO_BY_TOPIC = 105;

/**
 * A Java broker computes all the time, whatever it is for: until the first of these intervals is over it asks the clock
 * whether it is, and at each of the second it compares the whole wheel of timed messages with what is in the file.
 */
export const CALM: Readonly<Record<string, number>> = {
  transactionMetricFlushInterval: 500,
  timerFlushIntervalMs: 10_000,
};

// The store unmaps its files through internals that Java 17 hides.
const OPENS = [
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
];

function startJava(launch: Launch, main: string, heap: string): Child {
  const home = join(launch.directory, 'rocketmq-home');
  mkdirSync(join(home, 'conf'), { recursive: true });
  // Servers of the 4.x line do not start without these; empty, they are silent.
  for (const name of ['broker', 'namesrv']) {
    writeFileSync(join(home, 'conf', `logback_${name}.xml`), '<configuration/>');
  }
  const jvm = [`-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const defines = [`-Duser.home=${launch.directory}`, `-Drocketmq.home.dir=${home}`];
  defines.push(...Object.entries(launch.properties ?? {}).map(([name, value]) => `-D${name}=${value}`));
  // Without a certificate it would make one, which takes seconds.
  defines.push(launch.tlsProperties ? `-Dtls.config.file=${launch.tlsProperties}` : '-Dtls.server.mode=disabled');
  return new Child({
    command: 'java',
    args: [
      ...jvm,
      ...OPENS,
      ...defines,
      '-cp',
      referenceClassPath(launch.version ?? REFERENCE),
      main,
      '-c',
      launch.configFile,
    ],
    logFile: launch.logFile,
    env: { ROCKETMQ_HOME: home },
  });
}

/** Starts the Java name server, and waits until it takes connections. */
export async function startReferenceNamesrv(launch: Launch): Promise<Server> {
  const child = startJava(launch, 'org.apache.rocketmq.namesrv.NamesrvStartup', '96m');
  return started(launch, child, () => becomes(child, 'does not listen', () => accepts(launch.port)));
}

/** Starts the Java broker, and waits until it has registered itself. */
export async function startReferenceBroker(launch: Launch): Promise<Server> {
  const child = startJava(launch, 'org.apache.rocketmq.broker.BrokerStartup', '512m');
  return started(launch, child, async () => {
    await child.mustPrint(/boot success/, READY_TIMEOUT_MS);
    await becomes(child, 'does not register', () => routed(launch.namesrv));
  });
}

/** One that is not ready in time is ended: it would hold its directory. */
async function started(launch: Launch, child: Child, ready: () => Promise<void>): Promise<Server> {
  try {
    await ready();
  } catch (failure) {
    await child.kill();
    throw failure;
  }
  return { address: `127.0.0.1:${launch.port}`, child };
}

async function becomes(child: Child, otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + READY_TIMEOUT_MS;
  while (!(await holds())) {
    if (child.ended !== undefined || Date.now() > end) throw child.failure(otherwise);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Whether the name server knows the topic that every broker brings with it. */
async function routed(namesrv: string): Promise<boolean> {
  const answer = await ask(namesrv, GET_ROUTEINFO_BY_TOPIC, { topic: 'SELF_TEST_TOPIC' });
  return answer.code === 0;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false)); // not listening yet
  });
}
