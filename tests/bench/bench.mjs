// `npm run bench`: measures our server and the Apache one, and our client and the Java one, in turn, on this machine,
// in this run. Options:
//   --rounds N (3)  --seconds S of each send (8)  --only REGEXP of scenario names  --server ours|reference|both (both)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clientScenarios } from './clients.mjs';
import { cpuUs } from './load/usage.mjs';
import { save, table } from './report.mjs';
import { scenarios, warmUp } from './scenarios.mjs';
import { BenchServer, missing, referenceClassPath } from './servers.mjs';

const START_UP = 'start-up';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string', default: '.' },
    server: { type: 'string', default: 'both' },
  },
});
const rounds = positive('rounds', values.rounds);
const seconds = positive('seconds', values.seconds);
const only = new RegExp(values.only);
const directory = mkdtempSync(join(tmpdir(), 'rocketmq-bench-'));
/** @type {import('./report.mjs').Measured[]} */
const measured = [];

process.exitCode = await main();

async function main() {
  const kinds = choose();
  if (kinds.length === 0) return 1;
  const servers = [];
  try {
    if (only.test(START_UP)) await startUps(kinds);
    const wanted = scenarios.filter((scenario) => only.test(scenario.name));
    if (wanted.length > 0) {
      for (const kind of kinds) servers.push(await ready(kind));
      for (const scenario of wanted) await inTurn(scenario, servers);
    }
    const clients = clientScenarios.filter((scenario) => only.test(scenario.name));
    if (clients.length > 0) await compareClients(clients, kinds);
  } finally {
    for (const server of servers) await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  process.stdout.write(`\n${table(measured)}\n\nwritten to ${save(measured, values)}\n`);
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

/** Empty store to first acknowledged message, each time a new process. */
async function startUps(kinds) {
  for (let round = 1; round <= rounds; round++) {
    for (const kind of order(kinds, round)) {
      const server = await BenchServer.start(kind, join(directory, `start-${kind}`));
      const startToAckMs = await server.firstAcknowledged();
      note(START_UP, kind, round, { startToAckMs, startCpuMs: cpuUs(server.pids) / 1000 });
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
    if (idle) note('idle, just started', kind, 1, await idle.run(server, seconds));
  }
  progress(`${kind}: warming up`);
  await warmUp(server);
  return server;
}

/** A B, B A, A B …: whatever the machine does meanwhile, it does to both. */
async function inTurn(scenario, servers) {
  for (let round = 1; round <= rounds; round++) {
    for (const server of order(servers, round)) {
      note(scenario.name, server.kind, round, await scenario.run(server, seconds));
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
    ([name, value]) => `${name} ${value === undefined ? '–' : value.toFixed(1)}`,
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
