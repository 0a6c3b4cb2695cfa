// Turns the rounds' figures into a table with medians, spreads and ratios, and into JSON.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../../bench-results/', import.meta.url));

/** The figures in the table: their names, units, and whether more is better; undefined where neither is. */
const FIGURES = [
  ['messagesPerSecond', 'messages/s', true],
  ['cpuUsPerMessage', 'CPU µs/message', false],
  ['loadCpuUsPerMessage', 'CPU µs/message of the generator', undefined],
  ['p50Us', 'p50 µs', false],
  ['p99Us', 'p99 µs', false],
  ['p999Us', 'p99.9 µs', false],
  ['oneTopicPerSecond', 'messages/s to one topic', true],
  ['oneTopicCpuUs', 'CPU µs/message to one topic', false],
  ['ofOneTopicPercent', '% of the rate to one topic', true],
  ['withoutDrainPerSecond', 'messages/s without the drain', true],
  ['withDrainPercent', '% of the rate without the drain', true],
  ['drainPerSecond', 'drained/s', true],
  ['fillPerSecond', 'messages/s while the backlog grows', true],
  ['sendOfEmptyPercent', '% of the rate into an empty store', true],
  ['tailOfEmptyPercent', '% of the tail reads of an empty store', true],
  ['coldCache', 'page cache was empty', undefined],
  ['startToAckMs', 'start to first ack ms', false],
  ['startCpuMs', 'CPU ms until then', false],
  ['idleCpuPercent', 'CPU %', false],
  ['rssMb', 'resident MB', false],
  ['anonMb', 'anonymous MB', false],
  ['rssPeakMb', 'peak resident MB', false],
  ['anonPeakMb', 'peak anonymous MB', false],
];
/** Figures that say something by themselves: their goals are not ratios. */
const OWN = new Set(['ofOneTopicPercent', 'withDrainPercent', 'sendOfEmptyPercent', 'tailOfEmptyPercent']);

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @typedef {{scenario: string, server: string, round: number, figures: Record<string, number | undefined>}} Measured */

/** @typedef {{name: string, goals?: Record<string, number>}} Aimed */

/**
 * Rows of scenario, figure, both servers' median and spread, the ratio, and the goal.
 * @param {readonly Measured[]} measured @param {readonly Aimed[]} scenarios
 */
export function table(measured, scenarios) {
  const rows = [['scenario', 'figure', 'ours', 'min–max', 'reference', 'min–max', 'ours/reference', '', 'goal', '']];
  for (const scenario of new Set(measured.map((one) => one.scenario))) {
    const goals = scenarios.find(({ name }) => name === scenario)?.goals ?? {};
    for (const [figure, title, moreIsBetter] of FIGURES) {
      const ours = valuesOf(measured, scenario, 'ours', figure);
      const reference = valuesOf(measured, scenario, 'reference', figure);
      if (ours.length + reference.length === 0) continue;
      const ratio = ours.length && reference.length ? median(ours) / median(reference) : undefined;
      rows.push([
        scenario,
        title,
        ...cells(ours),
        ...cells(reference),
        number(ratio),
        verdict(ours, reference, moreIsBetter),
        ...goalCells(goals[figure], OWN.has(figure) ? median(ours) : ratio, moreIsBetter),
      ]);
    }
  }
  return format(rows);
}

function goalCells(goal, value, moreIsBetter) {
  if (goal === undefined) return ['', ''];
  const text = `${moreIsBetter ? '≥' : '≤'} ${number(goal)}`;
  if (value === undefined || Number.isNaN(value)) return [text, ''];
  return [text, (moreIsBetter ? value >= goal : value <= goal) ? 'met' : 'missed'];
}

function valuesOf(measured, scenario, server, figure) {
  return measured
    .filter((one) => one.scenario === scenario && one.server === server && one.figures[figure] !== undefined)
    .map((one) => one.figures[figure]);
}

function cells(values) {
  if (values.length === 0) return ['–', ''];
  return [number(median(values)), `${number(Math.min(...values))}–${number(Math.max(...values))}`];
}

function number(value) {
  if (value === undefined) return '';
  if (value >= 1000) return String(Math.round(value));
  return value.toPrecision(3).replace(/\.0+$/, '');
}

/** Only what lies apart in every round counts as better or worse. */
function verdict(ours, reference, moreIsBetter) {
  if (ours.length === 0 || reference.length === 0 || moreIsBetter === undefined) return '';
  const [a, b] = moreIsBetter ? [ours, reference] : [reference, ours];
  if (Math.min(...a) > Math.max(...b)) return 'better';
  return Math.max(...a) < Math.min(...b) ? 'WORSE' : 'even';
}

function format(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return rows.map(line).join('\n');
}

/** Writes everything to bench-results/ and gives the file's name. @param {readonly Measured[]} measured */
export function save(measured, options) {
  mkdirSync(DIRECTORY, { recursive: true });
  const at = new Date().toISOString();
  const file = join(DIRECTORY, `bench-${at.replace(/[:.]/g, '-')}.json`);
  const text = `${JSON.stringify({ at, machine: machine(), options, measured }, null, 2)}\n`;
  writeFileSync(file, text);
  writeFileSync(join(DIRECTORY, 'latest.json'), text);
  return file;
}

function machine() {
  const [first] = cpus();
  const kernel = readFileSync('/proc/version', 'latin1').split(' ')[2];
  const revision = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout?.trim();
  return {
    processor: first?.model,
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    kernel,
    node: process.version,
    revision,
    loadAverage: loadavg(),
  };
}
