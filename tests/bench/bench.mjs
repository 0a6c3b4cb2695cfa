// `npm run bench`: measures our server and the Apache one, and our client and the Java one, in turn, on this machine,
// in this run. Options:
//   --rounds N (3)  --seconds S of each send (8)  --only REGEXP of scenario names  --server ours|reference|both (both)
//   --backlog N messages of 1 KB in the backlog scenario (1000000; each takes 1.3 KB on the disk, for each server in turn)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clientScenarios } from './clients.mjs';
import { missingGenerator } from './generator.mjs';
import { cpuUs } from './load/usage.mjs';
import { save, table } from './report.mjs';
import { warmUp } from './runs.mjs';
import { START_UP, scenarios } from './scenarios.mjs';
import { BenchServer, missing, referenceClassPath } from './servers.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string', default: '.' },
    server: { type: 'string', default: 'both' },
    backlog: { type: 'string', default: '1000000' },
  },
});
const rounds = positive('rounds', values.rounds);
const extent = { seconds: positive('seconds', values.seconds), backlog: positive('backlog', values.backlog) };
const only = new RegExp(values.only);
const directory = mkdtempSync(join(tmpdir(), 'rocketmq-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
/** @type {import('./report.mjs').Measured[]} */
const measured = [];

process.exitCode = await main();

async function main() {
  const kinds = choose();
  if (kinds.length === 0) return 1;
  const servers = [];
  try {
    if (only.test(START_UP.name)) await startUps(kinds);
    const wanted = loadScenarios();
    const shared = wanted.filter(({ settings }) => settings === undefined);
    if (shared.length > 0) {
      for (const kind of kinds) servers.push(await ready(kind));
      for (const scenario of shared) await inTurn(scenario, servers);
      while (servers.length > 0) await servers.pop()?.stop();
    }
    for (const scenario of wanted) if (!shared.includes(scenario)) await eachAlone(scenario, kinds);
    const clients = clientScenarios.filter((scenario) => only.test(scenario.name));
    if (clients.length > 0) await compareClients(clients, kinds);
  } finally {
    for (const server of servers) await server.stop();
    // Also when something failed: what was measured before took long.
    process.stdout.write(`\n${table(measured, [START_UP, ...scenarios])}\n\nwritten to ${save(measured, values)}\n`);
  }
  return 0;
}

/** The servers that are asked for and can run here. */
function choose() {
  const asked = values.server === 'both' ? ['ours', 'reference'] : [values.server];
  return asked.filter((kind) => {
    if (kind !== 'ours' && kind !== 'reference') throw new Error(`--server ${kind}: ours, reference or both`);
    const reason = missing(kind);
    if (reason) process.stderr.write(`${kind} is left out: ${reason}\n`);
    else if (kind === 'reference') referenceClassPath();
    return !reason;
  });
}

/** The scenarios that are asked for and can run here. */
function loadScenarios() {
  const wanted = scenarios.filter((scenario) => only.test(scenario.name));
  const reason = wanted.length > 0 ? missingGenerator() : undefined;
  if (reason) process.stderr.write(`only clients and starts are measured: ${reason}\n`);
  return reason ? [] : wanted;
}

/** Empty store to first acknowledged message, each time a new process. */
async function startUps(kinds) {
  for (let round = 1; round <= rounds; round++) {
    for (const kind of order(kinds, round)) {
      const server = await BenchServer.start(kind, join(directory, `start-${kind}`));
      const startToAckMs = await server.firstAcknowledged();
      note(START_UP.name, kind, round, { startToAckMs, startCpuMs: cpuUs(server.pids) / 1000 });
      await server.stop();
    }
  }
}

async function ready(kind) {
  const server = await BenchServer.start(kind, join(directory, kind));
  await server.firstAcknowledged();
  await server.registered();
  if (only.test('idle')) {
    const idle = scenarios.find((scenario) => scenario.name === 'idle');
    if (idle) note('idle, just started', kind, 1, await idle.run(server, extent));
  }
  progress(`${kind}: warming up`);
  await warmUp(server);
  return server;
}

/** A B, B A, A B …: whatever the machine does meanwhile, it does to both. */
async function inTurn(scenario, servers) {
  for (let round = 1; round <= rounds; round++) {
    for (const server of order(servers, round)) {
      note(scenario.name, server.kind, round, await scenario.run(server, extent));
    }
  }
}

/** As `inTurn`, with new servers in each round, of which one runs at a time. */
async function eachAlone(scenario, kinds) {
  for (let round = 1; round <= rounds; round++) {
    for (const kind of order(kinds, round)) {
      const server = await BenchServer.start(kind, join(directory, kind), scenario.settings);
      try {
        await server.firstAcknowledged();
        await server.registered();
        if (!scenario.isCold) await warmUp(server);
        note(scenario.name, kind, round, await scenario.run(server, extent));
      } finally {
        await server.stop();
      }
    }
  }
}

/** Our client and the Java one, both with a server of ours. */
async function compareClients(wanted, kinds) {
  const server = await BenchServer.start('ours', join(directory, 'clients'));
  try {
    await server.registered();
    for (const scenario of wanted) {
      for (let round = 1; round <= rounds; round++) {
        for (const kind of order(kinds, round)) note(scenario.name, kind, round, await scenario.run(server, kind));
      }
    }
  } finally {
    await server.stop();
  }
}

function order(items, round) {
  return round % 2 === 1 ? items : [...items].reverse();
}

function note(scenario, server, round, figures) {
  measured.push({ scenario, server, round, figures });
  const shown = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? value.toFixed(1) : '–'}`,
  );
  progress(`${scenario} ${server} ${round}/${rounds}: ${shown.join(', ')}`);
}

function progress(line) {
  process.stderr.write(`${line}\n`);
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} ${text}: a positive number is wanted`);
  return value;
}
