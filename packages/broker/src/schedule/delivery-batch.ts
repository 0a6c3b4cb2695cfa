/** The messages of one level that are put into the store together, and what became of each. */
import type { AppendResult, PutMessageStatus, PutWaiter } from '@rocketmq-ts/store';

/** What became of a message: it is stored, it may be tried again, or it never will be stored. */
export type DeliveryOutcome = 'stored' | 'refused' | 'impossible';

/** The message itself is at fault: another try would end the same way. */
const IMPOSSIBLE: ReadonlySet<PutMessageStatus> = new Set(['MESSAGE_ILLEGAL', 'PROPERTIES_SIZE_EXCEEDED']);

/** Hears of a message that was stored, or that never can be. */
export type DeliveryListener = (
  offset: number,
  outcome: DeliveryOutcome,
  status: PutMessageStatus,
  result: AppendResult | undefined,
) => void;

/** Waits for the puts of one batch. */
export class DeliveryBatch {
  readonly #listener: DeliveryListener;
  #open = 0;
  #finished: (() => void) | undefined;
  /** Lowest offset that the store has refused for now; undefined when there is none. */
  firstRefused: number | undefined;

  constructor(listener: DeliveryListener) {
    this.#listener = listener;
  }

  /** Who waits for the put of the message that waited at `offset`. */
  waiter(offset: number): PutWaiter {
    this.#open++;
    return { putDone: (status, result) => this.#done(offset, status, result) };
  }

  /** Resolves when each put that was begun has ended. */
  async finished(): Promise<void> {
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
    });
  }

  #done(offset: number, status: PutMessageStatus, result: AppendResult | undefined): void {
    const outcome = outcomeOf(status, result);
    if (outcome === 'refused') this.firstRefused = Math.min(offset, this.firstRefused ?? offset);
    this.#listener(offset, outcome, status, result);
    this.#open--;
    if (this.#open === 0) this.#finished?.();
  }
}

function outcomeOf(status: PutMessageStatus, result: AppendResult | undefined): DeliveryOutcome {
  // A message that is stored though not as safely as asked must not be stored twice.
  if (result !== undefined) return 'stored';
  return IMPOSSIBLE.has(status) ? 'impossible' : 'refused';
}
