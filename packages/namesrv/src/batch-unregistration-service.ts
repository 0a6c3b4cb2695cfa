/** Gathers brokers that leave, so that one walk over the topics takes out all that left in one turn. */
import type { Turn } from '@rocketmq-ts/common';
import type { BrokerUnregistration } from './route/broker-unregistration.js';

export interface BatchUnregistrationOptions {
  readonly turn: Turn;
  /** `unRegisterBrokerQueueCapacity`. */
  readonly capacity: number;
  /** Takes the gathered brokers out. */
  readonly unregister: (batch: readonly BrokerUnregistration[]) => void;
}

/** Source: BatchUnregistrationService. */
export class BatchUnregistrationService {
  readonly #options: BatchUnregistrationOptions;
  readonly #drain = (): void => this.#unregisterAll();
  #queue: BrokerUnregistration[] = [];

  constructor(options: BatchUnregistrationOptions) {
    this.#options = options;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  /** The broker is taken out at the end of this turn; false when the queue is full. */
  trySubmit(unregistration: BrokerUnregistration): boolean {
    if (this.#queue.length >= this.#options.capacity) return false;
    this.#queue.push(unregistration);
    if (this.#queue.length === 1) this.#options.turn.commit(this.#drain);
    return true;
  }

  #unregisterAll(): void {
    const batch = this.#queue;
    this.#queue = [];
    this.#options.unregister(batch);
  }
}
