/** When a connection was last heard of, and whether that is too long ago in one way or another. */

import type { OutputBudget } from './output-budget.js';

/** Bytes that wait for a peer to take them, and since when there are any, ms. */
export interface Debt {
  bytes: number;
  sinceMs: number;
}

/** How long a peer may do nothing, leave a frame unfinished, or take nothing of what it is sent, ms. */
export interface TrafficLimits {
  /** 0 for ever. */
  readonly idleMs: number;
  readonly unfinishedMs: number;
  readonly stalledMs: number;
}

/** What a server weighs connections by when they take too much together. */
export interface TrafficState {
  readonly debt: Readonly<Debt>;
  /** When the frame that is not complete began, ms; infinitely late when there is none, or it just began. */
  readonly unfinishedSinceMs: number;
  /** True while what the peer has sent is looked at. */
  readonly receiving: boolean;
  /** When the peer was last heard of, ms. */
  readonly lastReadMs: number;
}

export class TrafficWatch implements TrafficState {
  lastReadMs: number;
  lastWriteMs: number;
  /** We do not read at the moment. */
  isPaused = false;
  readonly debt: Debt = { bytes: 0, sinceMs: 0 };
  receiving = false;
  readonly #output: OutputBudget | undefined;
  #unfinishedSinceMs: number | undefined;
  #stalledSinceMs: number | undefined;
  #stalledBytes = 0;

  /** What waits for the peer is counted in `output`. */
  constructor(nowMs: number, output?: OutputBudget) {
    this.#output = output;
    this.lastReadMs = this.lastWriteMs = nowMs;
  }

  /** Tells whether the bytes read last left a frame unfinished. */
  unfinished(isUnfinished: boolean): void {
    this.#unfinishedSinceMs = isUnfinished ? (this.#unfinishedSinceMs ?? this.lastReadMs) : undefined;
  }

  get unfinishedSinceMs(): number {
    return this.#unfinishedSinceMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes note of what waits for the peer now. */
  owe(bytes: number): void {
    const { debt } = this;
    const more = bytes - debt.bytes;
    if (debt.bytes === 0) debt.sinceMs = this.lastWriteMs;
    debt.bytes = bytes;
    if (more !== 0) this.#output?.add(more);
  }

  /** Why the connection, of which `pendingBytes` wait for the peer, should be ended, in words; undefined when it should not. */
  reasonToEnd(nowMs: number, pendingBytes: number, limits: TrafficLimits): string | undefined {
    // While we do not read, an unfinished frame is not the fault of the peer.
    if (
      this.#unfinishedSinceMs !== undefined &&
      !this.isPaused &&
      nowMs - this.#unfinishedSinceMs > limits.unfinishedMs
    ) {
      return `a frame was unfinished for ${nowMs - this.#unfinishedSinceMs} ms`;
    }
    if (pendingBytes === 0 || pendingBytes !== this.#stalledBytes) {
      this.#stalledSinceMs = pendingBytes === 0 ? undefined : nowMs;
      this.#stalledBytes = pendingBytes;
    } else if (this.#stalledSinceMs !== undefined && nowMs - this.#stalledSinceMs > limits.stalledMs) {
      return `the peer took nothing of ${pendingBytes} bytes for ${nowMs - this.#stalledSinceMs} ms`;
    }
    const idleMs = nowMs - Math.max(this.lastReadMs, this.lastWriteMs);
    return limits.idleMs > 0 && idleMs > limits.idleMs ? `idle for ${idleMs} ms` : undefined;
  }
}
