/** What was put to one topic: messages, bytes and times, of which all numbers lie side by side. */
import { Counter, type CounterPlace, type CounterSamples } from './counter.js';

const NUMS = 0;
const SIZE = 1;
const TIMES = 2;
/** Where the latencies of the queues begin, two numbers for each. */
const LATENCIES = 3;
const FIRST_QUEUES = 4;
const MAX_QUEUES = 65_536;

/** What a put has added to a topic. */
export interface PutSize {
  readonly messageCount: number;
  readonly sizeBytes: number;
}

/** Counts the puts of one topic. A put touches one short array, whatever else there is: with thousands of topics each thing that is touched has to come from memory. */
export class TopicPuts {
  readonly #cells: number[] = new Array(LATENCIES + 2 * FIRST_QUEUES).fill(0);
  readonly nums: Counter;
  readonly size: Counter;
  /** The table has forgotten them: who kept them must ask again. */
  isDropped = false;
  /** By queue id, made when needed. */
  readonly #latencies: (Counter | undefined)[] = [];
  readonly #createdMs: number;
  readonly #samples: CounterSamples;
  #sampledTimes = 0;

  constructor(
    readonly topic: string,
    nowMs: number,
    samples: CounterSamples,
  ) {
    this.#createdMs = nowMs;
    this.#samples = samples;
    this.nums = this.#counter({ valueAt: NUMS, timesAt: TIMES });
    this.size = this.#counter({ valueAt: SIZE, timesAt: TIMES });
  }

  /** Counts one put. */
  add({ messageCount, sizeBytes }: PutSize): void {
    const cells = this.#cells;
    cells[NUMS]! += messageCount;
    cells[SIZE]! += sizeBytes;
    cells[TIMES]! += 1;
  }

  /** Reads what `add` and `addLatency` will add to. */
  touch(queueId: number): number {
    const cells = this.#cells;
    const at = LATENCIES + 2 * queueId;
    return at < cells.length ? cells[NUMS]! + cells[at]! : 0;
  }

  /** Counts how long one put to a queue took. */
  addLatency(queueId: number, latencyMs: number): void {
    const at = LATENCIES + 2 * queueId;
    if (at >= this.#cells.length && !this.#makeRoom(queueId)) return;
    const cells = this.#cells;
    if (cells[at + 1] === 0) this.#latencies[queueId] = this.#counter({ valueAt: at, timesAt: at + 1 });
    cells[at]! += latencyMs;
    cells[at + 1]! += 1;
  }

  /** How long puts to a queue took; undefined when there were none. */
  latency(queueId: number): Counter | undefined {
    return this.#latencies[queueId];
  }

  /** True once after puts: then the sample of ten seconds is due. */
  takeChange(): boolean {
    const times = this.#cells[TIMES]!;
    const changed = times !== this.#sampledTimes;
    this.#sampledTimes = times;
    return changed;
  }

  /** All that is counted. */
  *counters(): Generator<Counter> {
    yield this.nums;
    yield this.size;
    for (const latency of this.#latencies) if (latency !== undefined) yield latency;
  }

  #counter(place: CounterPlace): Counter {
    return new Counter(this.#createdMs, this.#samples, this.#cells, place);
  }

  #makeRoom(queueId: number): boolean {
    if (!(queueId >= 0 && queueId < MAX_QUEUES)) return false;
    let queues = FIRST_QUEUES;
    while (queues <= queueId) queues *= 2;
    const before = this.#cells.length;
    this.#cells.length = LATENCIES + 2 * queues;
    this.#cells.fill(0, before);
    return true;
  }
}
