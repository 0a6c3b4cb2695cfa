/** Where the progress of a group is kept. */
import type { MessageQueue } from '@rocketmq-ts/common';

/** Progress on queues: in memory at once, and kept when asked to. Source: OffsetStore. */
export interface OffsetStore {
  /** Reads what is kept on this machine. */
  load(): void;
  /** Sets the next offset to consume. */
  update(queue: MessageQueue, offset: number): void;
  /** The next offset to consume, as far as it is known here. */
  peek(queue: MessageQueue): number | undefined;
  /** The next offset to consume as it is kept; undefined when there is none. */
  fetch(queue: MessageQueue): Promise<number | undefined>;
  /** Keeps the offsets of these queues. Failures are logged, and made up for the next time. */
  persist(queues: Iterable<MessageQueue>): Promise<void>;
  /** Forgets a queue here; what is kept stays. */
  remove(queue: MessageQueue): void;
}
