// Time that moves only when a test says so.
import { type Clock, NodeClock, type Timer, type TimerOptions } from '@rocketmq-ts/common';

const DEFAULT_START_MS = Date.UTC(2024, 0, 1);
/** More timers than this within one call mean a loop that never ends. */
const MAX_TIMERS_PER_CALL = 10_000_000;
const MAX_CANCELLED = 1024;
const DEFAULT_IDLE_LIMIT_MS = 366 * 24 * 3600 * 1000;

export interface VirtualClockOptions {
  /** The wall clock at the start, ms since the epoch. Default: the first moment of 2024, UTC. */
  readonly startMs?: number;
}

/**
 * A `Clock` that stands still until `advance`. Timers fire in the order of their
 * times, those of equal times in the order they were set; between two of them
 * all promise jobs and `endOfTurn` callbacks finish. `endOfTurn` itself needs no
 * `advance`: it runs at the end of the real event loop's turn.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #eventLoop = new NodeClock();
  readonly #timers = new TimerQueue();
  #elapsedMs = 0;
  #wallClockStepMs = 0;
  #turnsUnderWay = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.#startMs = options.startMs ?? DEFAULT_START_MS;
  }

  now(): number {
    return Math.floor(this.#startMs + this.#wallClockStepMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer {
    return this.#set(delayMs, callback, options?.background ?? false, undefined);
  }

  /** As with the system's clock the shortest interval is 1 ms. */
  setRepeating(intervalMs: number, callback: () => void, options?: TimerOptions): Timer {
    return this.#set(intervalMs, callback, options?.background ?? false, Math.max(1, intervalMs));
  }

  endOfTurn(callback: () => void): void {
    this.#turnsUnderWay++;
    this.#eventLoop.endOfTurn(() => {
      this.#turnsUnderWay--;
      callback();
    });
  }

  /** Timers that are set, background and repeating ones included. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`, firing what falls due on the way; what a timer throws, this rejects with. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await this.settle();
    for (let fired = 0; ; fired++) {
      const timer = this.#timers.first();
      if (timer === undefined || timer.dueMs > targetMs) break;
      if (fired > MAX_TIMERS_PER_CALL) throw new Error(`more than ${MAX_TIMERS_PER_CALL} timers fired within ${ms} ms`);
      await this.#fire(timer);
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, targetMs);
  }

  /**
   * Moves time on until nothing but repeating and background timers is left.
   * Throws when that takes more than `limitMs` of virtual time (default: a year).
   */
  async runToIdle(limitMs = DEFAULT_IDLE_LIMIT_MS): Promise<void> {
    const lastMs = this.#elapsedMs + limitMs;
    await this.settle();
    while (this.#timers.foregroundCount > 0) {
      const timer = this.#timers.first()!;
      if (timer.dueMs > lastMs) throw new Error(`timers are still set after ${limitMs} ms`);
      await this.#fire(timer);
    }
  }

  /** Lets promise jobs and `endOfTurn` callbacks finish without moving time. */
  async settle(): Promise<void> {
    let turns = 0;
    do {
      if (turns++ > MAX_TIMERS_PER_CALL) throw new Error('work at the end of a turn asks for another turn without end');
      await new Promise<void>((resolve) => this.#eventLoop.endOfTurn(resolve));
    } while (this.#turnsUnderWay > 0);
  }

  /** Sets the wall clock forwards or back, as an operator or NTP does: `now` jumps, timers and `monotonicMs` do not. */
  stepWallClock(byMs: number): void {
    this.#wallClockStepMs += byMs;
  }

  #set(delayMs: number, callback: () => void, background: boolean, intervalMs: number | undefined): Timer {
    if (Number.isNaN(delayMs)) throw new RangeError('a timer needs a delay in ms, not NaN');
    const timer: VirtualTimer = {
      dueMs: this.#elapsedMs + Math.max(0, delayMs),
      sequence: 0,
      callback,
      intervalMs,
      foreground: !background && intervalMs === undefined,
      set: true,
    };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.cancel(timer) };
  }

  async #fire(timer: VirtualTimer): Promise<void> {
    this.#timers.removeFirst();
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    if (timer.intervalMs !== undefined) {
      timer.dueMs += timer.intervalMs;
      this.#timers.add(timer);
    }
    timer.callback();
    await this.settle();
  }
}

interface VirtualTimer {
  dueMs: number;
  /** Order of setting, for timers of equal times. */
  sequence: number;
  readonly callback: () => void;
  readonly intervalMs: number | undefined;
  /** Whether `runToIdle` waits for it. */
  readonly foreground: boolean;
  set: boolean;
}

/** A binary heap of timers; cancelled ones stay in it until they come up. */
class TimerQueue {
  readonly #heap: VirtualTimer[] = [];
  #lastSequence = 0;
  #cancelled = 0;
  foregroundCount = 0;

  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(timer: VirtualTimer): void {
    timer.sequence = ++this.#lastSequence;
    timer.set = true;
    if (timer.foreground) this.foregroundCount++;
    this.#siftUp(timer, this.#heap.length);
  }

  cancel(timer: VirtualTimer): void {
    if (!timer.set) return;
    timer.set = false;
    this.#cancelled++;
    if (timer.foreground) this.foregroundCount--;
    // Time-outs of requests that were answered would otherwise pile up until their time comes.
    if (this.#cancelled > MAX_CANCELLED && this.#cancelled > this.#heap.length / 2) this.#compact();
  }

  first(): VirtualTimer | undefined {
    while (this.#heap[0]?.set === false) {
      this.#cancelled--;
      this.#pop();
    }
    return this.#heap[0];
  }

  removeFirst(): void {
    const timer = this.first();
    if (timer === undefined) return;
    timer.set = false;
    if (timer.foreground) this.foregroundCount--;
    this.#pop();
  }

  #compact(): void {
    const kept = this.#heap.filter((timer) => timer.set).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#heap.length = 0;
    for (const timer of kept) this.#heap.push(timer);
    this.#cancelled = 0;
  }

  #pop(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#siftDown(last);
  }

  #siftUp(timer: VirtualTimer, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, this.#heap[parent]!)) break;
      this.#heap[index] = this.#heap[parent]!;
      index = parent;
    }
    this.#heap[index] = timer;
  }

  #siftDown(timer: VirtualTimer): void {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (!isBefore(this.#heap[child]!, timer)) break;
      this.#heap[index] = this.#heap[child]!;
      index = child;
    }
    this.#heap[index] = timer;
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}
