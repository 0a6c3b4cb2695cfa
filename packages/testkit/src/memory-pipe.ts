// One direction of a simulated connection: bytes on their way from a writer to a reader.
import type { Clock } from '@rocketmq-ts/common';
import type { SeededRandom } from './seeded-random.js';

/** What the path between two hosts does to bytes. */
export interface PathConditions {
  /** Time from writing to arrival, ms. 0 delivers at the end of the turn, without any move of the clock. */
  readonly latencyMs: number;
  /** 0 means without limit. */
  readonly bandwidthBytesPerSecond: number;
  /** Bytes that the systems of both ends hold before a writer has to wait. */
  readonly windowBytes: number;
  /** Cuts what arrives into chunks of random sizes up to this; 0 delivers what was written as it was written. */
  readonly maxChunkBytes: number;
}

/** The reader's end of a pipe. */
export interface PipeReader {
  /** Whether it takes data now. */
  readonly reading: boolean;
  /** It will never take data again: who writes to it learns that the connection is broken. */
  readonly gone: boolean;
  onData(chunk: Buffer): void;
  /** The writer ended, after all data. */
  onEnd(): void;
}

/** The writer's end of a pipe. */
export interface PipeWriter {
  /** Nothing waits with the writer any more. */
  onDrain(): void;
  /** The reader took all data and the end. */
  onEnded(): void;
  /** Something was written to a reader that is gone. */
  onBroken(): void;
}

/** What a pipe needs. */
export interface PipeOptions {
  readonly clock: Clock;
  readonly conditions: PathConditions;
  readonly random: SeededRandom;
  readonly reader: PipeReader;
  readonly writer: PipeWriter;
  /** Whether the hosts cannot reach each other now. */
  readonly isBlocked: () => boolean;
  /** After so many bytes `reached` is called instead of delivering the next one. */
  readonly limit?: { readonly bytes: number; readonly reached: () => void } | undefined;
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/**
 * Bytes wait in two places: with the writer (`pendingBytes`), and on the wire
 * (at most the window) until the reader takes them. Neither end is ever called
 * within a call of the other.
 */
export class MemoryPipe {
  readonly #options: PipeOptions;
  #outbox: Uint8Array[] = [];
  #wire: Segment[] = [];
  #pendingBytes = 0;
  #wireBytes = 0;
  #deliveredBytes = 0;
  /** When the line has sent what was put on it, in the clock's monotonic ms. */
  #lineFreeMs = 0;
  #ending = false;
  #ended = false;
  #scheduled = false;

  constructor(options: PipeOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#ending || bytes.length === 0) return;
    this.#outbox.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#fillWire();
    this.pump();
  }

  /** Nothing more is written; the reader hears of it after the data. */
  end(): void {
    this.#ending = true;
    this.pump();
  }

  /** The writer is gone: what is on the wire still arrives, then the end. */
  abandon(): void {
    this.#outbox = [];
    this.#pendingBytes = 0;
    this.end();
  }

  /** The reader is gone: nothing that is under way matters any more. */
  discard(): void {
    this.#outbox = [];
    this.#wire = [];
    this.#pendingBytes = 0;
    this.#wireBytes = 0;
    if (this.#ending) this.pump();
  }

  /** Sees to it that what can be delivered will be; called when the reader reads again or the path is open again. */
  pump(): void {
    const { clock, conditions, isBlocked, reader } = this.#options;
    if (this.#ended || this.#scheduled || isBlocked() || !(reader.reading || reader.gone)) return;
    const first = this.#wire[0];
    if (first === undefined && !this.#ending) return;
    this.#scheduled = true;
    const deliver = (): void => {
      this.#scheduled = false;
      this.#deliver();
    };
    const nowMs = clock.monotonicMs();
    const waitMs = (first?.dueMs ?? nowMs + conditions.latencyMs) - nowMs;
    if (waitMs > 0) clock.setTimer(waitMs, deliver);
    else clock.endOfTurn(deliver);
  }

  #fillWire(): void {
    while (this.#outbox.length > 0 && this.#wireBytes < this.#options.conditions.windowBytes) {
      const bytes = this.#outbox[0]!;
      const room = this.#options.conditions.windowBytes - this.#wireBytes;
      // A copy: what has left the writer is the writer's to change.
      const sent = Uint8Array.prototype.slice.call(bytes, 0, room);
      if (sent.length === bytes.length) this.#outbox.shift();
      else this.#outbox[0] = bytes.subarray(room);
      this.#pendingBytes -= sent.length;
      this.#wireBytes += sent.length;
      this.#wire.push({ bytes: sent, dueMs: this.#arrivalMs(sent.length) });
    }
  }

  #arrivalMs(length: number): number {
    const { latencyMs, bandwidthBytesPerSecond } = this.#options.conditions;
    const startMs = Math.max(this.#options.clock.monotonicMs(), this.#lineFreeMs);
    this.#lineFreeMs = bandwidthBytesPerSecond === 0 ? startMs : startMs + (length * 1000) / bandwidthBytesPerSecond;
    return this.#lineFreeMs + latencyMs;
  }

  #deliver(): void {
    const { clock, reader, writer } = this.#options;
    if (this.#ended || this.#options.isBlocked()) return;
    if (reader.gone) {
      this.#ended = true;
      if (this.#wire.length > 0) writer.onBroken();
      else writer.onEnded();
      return;
    }
    const hadPending = this.#pendingBytes > 0;
    while (this.#canDeliver() && this.#wire.length > 0 && this.#wire[0]!.dueMs <= clock.monotonicMs()) {
      this.#deliverSegment(this.#wire[0]!);
    }
    this.#fillWire();
    if (hadPending && this.#pendingBytes === 0 && !reader.gone) writer.onDrain();
    if (this.#ending && this.#wire.length === 0 && this.#canDeliver()) {
      this.#ended = true;
      reader.onEnd();
      writer.onEnded();
      return;
    }
    this.pump();
  }

  /** Hands a segment to the reader in chunks, as far as it takes them. */
  #deliverSegment(segment: Segment): void {
    const { conditions, limit, random, reader } = this.#options;
    this.#wire.shift();
    let rest = segment.bytes;
    while (rest.length > 0 && this.#canDeliver()) {
      const allowed = limit ? limit.bytes - this.#deliveredBytes : rest.length;
      if (limit && allowed === 0) {
        limit.reached();
        return;
      }
      const size = conditions.maxChunkBytes === 0 ? rest.length : 1 + random.nextInt(conditions.maxChunkBytes);
      // A copy: the chunk belongs to the reader, as one from a real socket does.
      const chunk = Buffer.from(rest.subarray(0, Math.min(size, allowed)));
      rest = rest.subarray(chunk.length);
      this.#wireBytes -= chunk.length;
      this.#deliveredBytes += chunk.length;
      reader.onData(chunk);
    }
    if (rest.length > 0 && !reader.gone) this.#wire.unshift({ bytes: rest, dueMs: segment.dueMs });
  }

  #canDeliver(): boolean {
    return !this.#ended && this.#options.reader.reading && !this.#options.isBlocked();
  }
}
