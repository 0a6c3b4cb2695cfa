/** What was put to one topic: messages, bytes and times, of which all numbers lie side by side. */
import { Counter, type CounterCells } from './counter.js';

const NUMS = 0;
const SIZE = 1;
const TIMES = 2;
/** Where the latencies of the queues begin, two numbers for each. */
const LATENCIES = 3;
const FIRST_QUEUES = 4;
const MAX_QUEUES = 65_536;

/** Counts the puts of one topic. A put touches one short array, whatever else there is: with thousands of topics each thing that is touched has to come from memory. */
export class TopicPuts implements CounterCells {
  cells = new Float64Array(LATENCIES + 2 * FIRST_QUEUES);
  readonly nums: Counter;
  readonly size: Counter;
  /** The table has forgotten them: who kept them must ask again. */
  isDropped = false;
  /** By queue id, made when needed. */
  readonly #latencies: (Counter | undefined)[] = [];
  readonly #createdMs: number;

  constructor(
    readonly topic: string,
    nowMs: number,
  ) {
    this.#createdMs = nowMs;
    this.nums = new Counter(nowMs, this, { valueAt: NUMS, timesAt: TIMES });
    this.size = new Counter(nowMs, this, { valueAt: SIZE, timesAt: TIMES });
  }

  /** Counts one put of `count` messages. */
  add(count: number, sizeBytes: number): void {
    const { cells } = this;
    cells[NUMS]! += count;
    cells[SIZE]! += sizeBytes;
    cells[TIMES]! += 1;
  }

  /** Counts how long one put to a queue took. */
  addLatency(queueId: number, latencyMs: number): void {
    const at = LATENCIES + 2 * queueId;
    if (at >= this.cells.length && !this.#makeRoom(queueId)) return;
    const { cells } = this;
    cells[at]! += latencyMs;
    cells[at + 1]! += 1;
  }

  /** How long puts to a queue took; undefined when there were none. */
  latency(queueId: number): Counter | undefined {
    const at = LATENCIES + 2 * queueId;
    if (!(this.cells[at + 1]! > 0)) return undefined;
    this.#latencies[queueId] ??= new Counter(this.#createdMs, this, { valueAt: at, timesAt: at + 1 });
    return this.#latencies[queueId];
  }

  /** All that is counted. */
  *counters(): Generator<Counter> {
    yield this.nums;
    yield this.size;
    const queues = (this.cells.length - LATENCIES) / 2;
    for (let queueId = 0; queueId < queues; queueId++) {
      const latency = this.latency(queueId);
      if (latency !== undefined) yield latency;
    }
  }

  #makeRoom(queueId: number): boolean {
    if (!(queueId >= 0 && queueId < MAX_QUEUES)) return false;
    let queues = FIRST_QUEUES;
    while (queues <= queueId) queues *= 2;
    const cells = new Float64Array(LATENCIES + 2 * queues);
    cells.set(this.cells);
    this.cells = cells;
    return true;
  }
}
