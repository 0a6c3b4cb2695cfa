/**
 * `npm run quickstart`: the main job end to end in one process. Starts a server
 * on a temporary directory, sends and consumes messages of every kind through
 * real sockets, and shows what came of it.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessPorts, processPorts } from '../ports.js';
import { startStandalone } from '../roles/standalone.js';
import { SCENARIOS, type Scenario, TOPICS } from './scenarios.js';
import { Stage } from './stage.js';
import { problemsOf, type TallyResult } from './tally.js';

/** Runs all scenarios; the answer is the exit code: 0 when every message arrived once, unaltered and in order. */
export async function runQuickstart(): Promise<number> {
  const ports = processPorts([]);
  const data = mkdtempSync(join(tmpdir(), 'rocketmq-quickstart-'));
  try {
    return await play(data, ports);
  } finally {
    ports.files.removeSync(data);
  }
}

async function play(data: string, ports: ProcessPorts): Promise<number> {
  const startedMs = ports.clock.monotonicMs();
  const server = await startStandalone(
    {
      data,
      host: '127.0.0.1',
      namesrvPort: 0,
      brokerPort: 0,
      given: new Set(),
      settings: new Map([
        ['enablePropertyFilter', 'true'],
        ['recallMessageEnable', 'true'],
      ]),
    },
    ports,
  );
  print(`server ready in ${Math.round(ports.clock.monotonicMs() - startedMs)} ms: ${server.endpoints}\n`);
  const stage = new Stage(server.namesrvAddress, server.brokerAddress, ports);
  try {
    for (const topic of TOPICS) await stage.createTopic(topic);
    const rows: [Scenario, TallyResult][] = [];
    for (const scenario of SCENARIOS) rows.push([scenario, await runScenario(scenario, stage)]);
    print(`\n${table(rows)}\n`);
    return rows.every(([, result]) => problemsOf(result) === 0) ? 0 : 1;
  } finally {
    await stage.close();
    await server.stop();
  }
}

async function runScenario(scenario: Scenario, stage: Stage): Promise<TallyResult> {
  print(`  ${scenario.name.padEnd(14)} ${scenario.shows} … `);
  const result = (await scenario.run(stage)).result();
  const problems = problemsOf(result);
  print(problems === 0 ? 'ok\n' : `${problems} PROBLEMS\n`);
  return result;
}

const COLUMNS = ['scenario', 'messages', 'lost', 'doubled', 'wrong', 'out of order', 'messages/s', 'p50 ms', 'p99 ms'];

function table(rows: readonly [Scenario, TallyResult][]): string {
  const cells = rows.map(([{ name }, result]) => [
    name,
    String(result.expected),
    String(result.expected - result.received),
    String(result.doubled),
    String(result.unexpected),
    String(result.outOfOrder),
    String(Math.round((result.received / Math.max(result.elapsedMs, 1)) * 1000)),
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
  ]);
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ');
  return [line(COLUMNS), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

function print(text: string): void {
  process.stdout.write(text);
}
