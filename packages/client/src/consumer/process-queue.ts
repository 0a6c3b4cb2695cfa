/** The messages of one queue that were pulled and not consumed yet, in order, and how far consumption has come. */
import type { MessageQueue } from '@rocketmq-ts/common';
import type { ReceivedMessage } from './received-message.js';

/** Consumed messages are forgotten in portions of at least so many. */
const COMPACT_AT = 1024;

/** What tools are told of a queue. */
export type ProcessQueueState = Pick<
  ProcessQueue<unknown>,
  | 'queue'
  | 'count'
  | 'bytes'
  | 'minOffset'
  | 'maxOffset'
  | 'locked'
  | 'lockedMs'
  | 'dropped'
  | 'lastPullTimestamp'
  | 'lastConsumeTimestamp'
>;

/** Source: ProcessQueue. */
export class ProcessQueue<T = Buffer> {
  /** `#messages[#head, …)` are cached; those before are done with. */
  #messages: ReceivedMessage<T>[] = [];
  #head = 0;
  /** Everything before was handed out, for consumption in order. */
  #taken = 0;
  #bytes = 0;
  #count = 0;
  /** One behind the last message that was added. */
  #endOffset = -1;
  /** Given to another consumer, or reset: nothing here is to be consumed or committed any more. */
  dropped = false;
  /** About to be given up: no more calls start; what the last one did still counts. */
  leaving = false;
  /** The broker lets only us consume it; for consumption in order. */
  locked = false;
  /** Monotonic ms. */
  lockedMs = 0;
  /** ms since the epoch. */
  lastPullTimestamp = 0;
  /** ms since the epoch. */
  lastConsumeTimestamp = 0;

  constructor(readonly queue: MessageQueue) {}

  /** Messages cached, those in consumption included. */
  get count(): number {
    return this.#count;
  }

  /** Their bytes as stored. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Distance between the first and the last cached message. */
  get span(): number {
    const first = this.#messages[this.#head];
    return first === undefined ? 0 : this.#endOffset - 1 - first.queueOffset;
  }

  /** Queue offset of the first cached message; undefined when there is none. */
  get minOffset(): number | undefined {
    return this.#messages[this.#head]?.queueOffset;
  }

  /** Queue offset of the last message that was added; undefined when none ever was. */
  get maxOffset(): number | undefined {
    return this.#endOffset < 0 ? undefined : this.#endOffset - 1;
  }

  /** Next offset to consume: what may be committed. Undefined when nothing was ever added. */
  get commitOffset(): number | undefined {
    return this.minOffset ?? (this.#endOffset < 0 ? undefined : this.#endOffset);
  }

  /** Messages that wait for their turn, for consumption in order. */
  get waiting(): number {
    return this.#messages.length - this.#taken;
  }

  /** The first cached messages, oldest first. */
  *cached(): Iterable<ReceivedMessage<T>> {
    for (let i = this.#head; i < this.#messages.length; i++) if (!this.#messages[i]!.settled) yield this.#messages[i]!;
  }

  /** Adds messages that were pulled, ascending; what is not beyond the last is left out. Returns those that were added. */
  add(messages: readonly ReceivedMessage<T>[]): readonly ReceivedMessage<T>[] {
    let added = messages;
    if (messages.some(({ queueOffset }) => queueOffset < this.#endOffset)) {
      added = messages.filter(({ queueOffset }) => queueOffset >= this.#endOffset);
    }
    for (const message of added) {
      this.#messages.push(message);
      this.#bytes += message.storeSizeBytes;
      this.#endOffset = message.queueOffset + 1;
    }
    this.#count += added.length;
    return added;
  }

  /** A message is done with. Returns the next offset to consume: everything before it is done with too. */
  settle(message: ReceivedMessage<T>): number {
    if (!message.settled) {
      message.settled = true;
      this.#count--;
      this.#bytes -= message.storeSizeBytes;
    }
    while (this.#head < this.#messages.length && this.#messages[this.#head]!.settled) this.#head++;
    if (this.#taken < this.#head) this.#taken = this.#head;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#messages.length) this.#compact();
    return this.commitOffset ?? message.queueOffset + 1;
  }

  /** Hands out the next messages in order, at most `limit`. */
  take(limit: number): readonly ReceivedMessage<T>[] {
    const taken = this.#messages.slice(this.#taken, this.#taken + limit);
    this.#taken += taken.length;
    return taken;
  }

  /** Takes everything back that was handed out and is not settled. */
  putBack(): void {
    this.#taken = this.#head;
  }

  /** Forgets everything. */
  clear(): void {
    this.#messages = [];
    this.#head = this.#taken = this.#count = this.#bytes = 0;
  }

  #compact(): void {
    this.#messages.splice(0, this.#head);
    this.#taken -= this.#head;
    this.#head = 0;
  }
}
