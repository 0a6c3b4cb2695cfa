/**
 * The messages of `rmq_sys_wheel_timer` that went round the wheel, gathered when
 * the timer log is made again from that queue: of each only the last copy waits.
 */
import { TIMER_TOPIC } from '@rocketmq-ts/common';
import { recordsIn, UndeliverableError } from '../waiting-record.js';
import { TimedMessage } from './timed-message.js';
import { TIMER_QUEUE_ID, type TimedStore } from './timer-parts.js';

const BATCH_MESSAGES = 64;

export class RolledCopies {
  /** How many copies there are of each message and round. */
  readonly #copies = new Map<string, number>();

  /** Reads the queue up to before `endOffset`. */
  static async gather(store: Pick<TimedStore, 'get' | 'minOffsetInQueue'>, endOffset: number): Promise<RolledCopies> {
    const copies = new RolledCopies();
    for (let offset = store.minOffsetInQueue(TIMER_TOPIC, TIMER_QUEUE_ID); offset < endOffset; ) {
      const request = { topic: TIMER_TOPIC, queueId: TIMER_QUEUE_ID, offset, maxMessages: BATCH_MESSAGES };
      const found = await store.get(request);
      for (const { bytes } of recordsIn(found)) copies.#note(bytes);
      if (found.nextBeginOffset <= offset) break;
      offset = found.nextBeginOffset;
    }
    return copies;
  }

  /** Whether a later copy of the message is in the queue; each copy stands for one message. */
  supersede(message: TimedMessage): boolean {
    if (this.#copies.size === 0) return false;
    const key = keyOf(message.uniqKey, message.rollTimes + 1);
    const left = this.#copies.get(key) ?? 0;
    if (left > 0) this.#copies.set(key, left - 1);
    return left > 0;
  }

  #note(bytes: Uint8Array): void {
    let message: TimedMessage;
    try {
      message = new TimedMessage(bytes);
    } catch (error) {
      if (error instanceof UndeliverableError) return;
      throw error;
    }
    const { rollTimes } = message;
    if (rollTimes === 0) return;
    const key = keyOf(message.uniqKey, rollTimes);
    this.#copies.set(key, (this.#copies.get(key) ?? 0) + 1);
  }
}

function keyOf(uniqKey: string | undefined, rollTimes: number): string {
  return `${rollTimes} ${uniqKey ?? ''}`;
}
