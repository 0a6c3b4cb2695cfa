// The clients that are compared: ours and the Java one do the same work, in turn, with the same server of ours.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { newTopic, QUEUES } from './runs.mjs';
import { judgeClassPath } from './servers.mjs';

const OURS = fileURLToPath(new URL('./load/client.mjs', import.meta.url));
const LIMIT_MS = 300_000;
/** As many as it takes until the Java client's compiler is done with it. */
const WARM_UP = 60_000;
const JVM = ['-Xms256m', '-Xmx256m', '-Drocketmq.client.logLevel=ERROR'];

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */
/** @typedef {import('./servers.mjs').Kind} Kind */
/** @typedef {import('./scenarios.mjs').Figures} Figures */
/** @typedef {{name: string, title: string, run: (server: BenchServer, client: Kind) => Promise<Figures>}} ClientScenario */

/** @type {readonly ClientScenario[]} */
export const clientScenarios = [
  {
    name: 'client-send-256',
    title: 'a producer, 1 KB, 256 in flight',
    run: async (server, client) => {
      const job = { kind: 'send', topic: await newTopic(server), size: 1024, inFlight: 256 };
      return run(client, server, { ...job, warmUp: WARM_UP, count: 100_000 });
    },
  },
  {
    name: 'client-send-1',
    title: 'a producer, 1 KB, one at a time',
    run: async (server, client) => {
      const job = { kind: 'send', topic: await newTopic(server), size: 1024, inFlight: 1 };
      return run(client, server, { ...job, warmUp: 15_000, count: 15_000 });
    },
  },
  { name: 'client-consume', title: 'a push consumer, 1 KB', run: consume },
];

/** Consumes what our producer has stored before. */
async function consume(server, client) {
  const topic = await newTopic(server);
  const count = 120_000;
  await run('ours', server, { kind: 'send', topic, size: 1024, inFlight: 256, warmUp: 0, count: WARM_UP + count });
  return run(client, server, { kind: 'consume', topic, group: `load-${topic}`, warmUp: WARM_UP, count });
}

/** Runs one client as a process and gives what it measured of itself. */
function run(client, server, job) {
  const text = JSON.stringify({ ...job, namesrv: server.namesrv, queues: QUEUES });
  const [command, args] =
    client === 'ours'
      ? [process.execPath, [...(process.env.BENCH_CLIENT_OPTIONS ?? '').split(' ').filter(Boolean), OURS, text]]
      : ['java', [...JVM, '-cp', judgeClassPath(), 'judge.Load', text]];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: server.directory });
    let [out, errors] = ['', ''];
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      const line = out.split('\n').find((each) => each.startsWith('@@'));
      if (code !== 0 || line === undefined) {
        reject(new Error(`the client (${client}) ended with ${code}: ${errors || out}`));
        return;
      }
      const { messages, seconds, cpuUs } = JSON.parse(line.slice(2));
      resolve({ messagesPerSecond: messages / seconds, cpuUsPerMessage: cpuUs / messages });
    });
  });
}
