// Builds the load generator, a Go program, and runs its jobs as processes of their own.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Watch } from './load/usage.mjs';

const SOURCE = fileURLToPath(new URL('./generator/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/rocketmq-judge', import.meta.url));
const LIMIT_MS = 1_800_000;

/** @typedef {import('./servers.mjs').BenchServer} BenchServer */
/** @typedef {Record<string, number | undefined>} Figures */

/** Why there is no generator here, or undefined. */
export function missingGenerator() {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0 ? undefined : 'go is not installed';
}

/** @type {string | undefined} */
let built;

/** The program, compiled once for each state of its source. */
function program() {
  if (built !== undefined) return built;
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCE).sort()) hash.update(name).update(readFileSync(join(SOURCE, name)));
  built = join(CACHE, `generator-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(built)) {
    const partial = `${built}.${process.pid}`;
    const go = spawnSync('go', ['build', '-o', partial, '.'], { cwd: SOURCE, encoding: 'utf8' });
    if (go.status !== 0) throw new Error(`go could not build the load generator: ${go.stdout}${go.stderr}`);
    renameSync(partial, built);
  }
  return built;
}

/**
 * A job of the generator while it runs.
 * @param {BenchServer} server @param {object} job what to do; `generator/main.go` has the fields
 */
export function startJob(server, job) {
  const { broker, brokerName } = server;
  const child = spawn(program(), [JSON.stringify({ broker, brokerName, ...job })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  /** @type {(value?: unknown) => void} */
  let begun = () => {};
  const opened = new Promise((resolve) => {
    begun = resolve;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
    begun();
  });
  /** @type {Promise<Figures>} */
  const ended = new Promise((resolve, reject) => {
    child.once('close', (code) => {
      clearTimeout(limit);
      begun();
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`${server.kind}: ${errors || `the load generator ended with ${code}`}`));
    });
  });
  return { opened, ended, pid: child.pid ?? 0, stop: () => child.kill('SIGTERM') };
}

/** Runs a job after the disk has come to rest. @param {BenchServer} server @param {object} job @returns {Promise<Figures>} */
export async function runJob(server, job) {
  spawnSync('sync', ['-f', server.directory]);
  return startJob(server, job).ended;
}

/** As `runJob`, with what the server used for each message. @param {BenchServer} server @param {object} job */
export async function measureJob(server, job) {
  spawnSync('sync', ['-f', server.directory]);
  const watch = new Watch(server.pids);
  const figures = await startJob(server, job).ended;
  return { ...figures, ...(await watch.finish(figures.messages ?? 0)) };
}
