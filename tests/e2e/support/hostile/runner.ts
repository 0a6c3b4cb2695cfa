// Sends hostile cases over several connections at a time and sees that each gets what it is owed.
import type { Answer } from '../frame.js';
import { RawClient } from '../raw-client.js';
import type { HostileCase, HostileGroup, Link } from './hostile-case.js';

/** Longer than the promised second, so that a busy machine is not taken for silence; what was slow is counted. */
const SILENCE_MS = 6000;
const SLOW_MS = 1000;
const ANY_MS = 2;
const MAX_PROBLEMS = 15;
const LANES = 16;

export interface GroupReport {
  readonly problems: string[];
  answered: number;
  closed: number;
  slow: number;
  slowestMs: number;
}

export interface RunnerOptions {
  readonly ports: Readonly<Record<Link, number>>;
  onAnswer?(hostile: HostileCase, answer: Answer): void;
}

/** Runs a group; a problem is a case that did not get what it is owed. */
export async function runGroup(group: HostileGroup, options: RunnerOptions): Promise<GroupReport> {
  const report: GroupReport = { problems: [], answered: 0, closed: 0, slow: 0, slowestMs: 0 };
  const queue = group.cases.values();
  const lanes = Array.from({ length: group.lanes ?? LANES }, () => new Lane(options, report).run(queue));
  await Promise.all(lanes);
  return report;
}

class Lane {
  readonly #clients = new Map<Link, RawClient>();

  constructor(
    private readonly options: RunnerOptions,
    private readonly report: GroupReport,
  ) {}

  async run(queue: Iterator<HostileCase>): Promise<void> {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      if (this.report.problems.length >= MAX_PROBLEMS) break;
      await this.#runCase(next.value).catch((error: unknown) => this.#problem(next.value, String(error)));
    }
    for (const client of this.#clients.values()) client.destroy();
  }

  async #runCase(hostile: HostileCase): Promise<void> {
    const client = await this.#client(hostile.link);
    const began = performance.now();
    if (hostile.owed === 'nothing' || hostile.owed === 'close') await this.#runUnframed(hostile, client);
    else await this.#runFramed(hostile, client);
    const tookMs = performance.now() - began;
    if (hostile.owed === 'any' || hostile.owed === 'nothing') return;
    this.report.slowestMs = Math.max(this.report.slowestMs, tookMs);
    if (tookMs > SLOW_MS) this.report.slow++;
  }

  async #runUnframed(hostile: HostileCase, client: RawClient): Promise<void> {
    this.#clients.delete(hostile.link);
    await client.write(hostile.bytes(0));
    const closed = await client.closes(hostile.owed === 'close' ? SILENCE_MS : ANY_MS);
    client.destroy();
    if (closed) this.report.closed++;
    if (hostile.owed === 'close' && !closed) this.#problem(hostile, 'the connection was not closed');
  }

  async #runFramed(hostile: HostileCase, client: RawClient): Promise<void> {
    const opaque = client.takeOpaque();
    const outcome = await new Promise<Answer | 'closed' | 'silence'>((resolve) => {
      const timer = setTimeout(() => resolve('silence'), hostile.owed === 'any' ? ANY_MS : SILENCE_MS);
      const settle = (value: Answer | 'closed'): void => {
        clearTimeout(timer);
        resolve(value);
      };
      client.expect(opaque, { answered: settle, failed: () => settle('closed') });
      void client.write(hostile.bytes(opaque));
    });
    if (outcome === 'closed') this.report.closed++;
    else if (outcome !== 'silence') {
      this.report.answered++;
      this.options.onAnswer?.(hostile, outcome);
      return;
    }
    // After an input that may still be waiting for its answer, the next one gets a connection of its own.
    if (outcome === 'silence') client.destroy();
    this.#clients.delete(hostile.link);
    if (hostile.owed === 'any') return;
    if (outcome === 'silence') this.#problem(hostile, `no answer within ${SILENCE_MS} ms`);
    else if (hostile.owed === 'answer') this.#problem(hostile, 'the connection was closed instead of an answer');
  }

  async #client(link: Link): Promise<RawClient> {
    const known = this.#clients.get(link);
    if (known !== undefined && !known.isClosed) return known;
    const client = await RawClient.open(this.options.ports[link]);
    this.#clients.set(link, client);
    return client;
  }

  #problem(hostile: HostileCase, what: string): void {
    this.report.problems.push(`${hostile.link}: ${hostile.name}: ${what}`);
  }
}
