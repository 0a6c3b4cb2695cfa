/** The sends of a producer, under the eyes of whoever watches them. */
import type { ObservedSends } from '../observe/observed-sends.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { SendOptions } from './producer-options.js';
import type { SendPipeline, Special } from './send-pipeline.js';
import type { SendResult } from './send-result.js';

export class ObservedPipeline<T> {
  readonly #pipeline: SendPipeline<T>;
  readonly #observed: ObservedSends<T>;

  constructor(pipeline: SendPipeline<T>, observed: ObservedSends<T>) {
    this.#pipeline = pipeline;
    this.#observed = observed;
  }

  send(message: OutgoingMessage<T>, options: SendOptions<T>): Promise<SendResult> {
    if (!this.#observed.isWatched) return this.#pipeline.send(message, options);
    return this.#observed.run(message, (seen, prepared) => this.#pipeline.send(seen, options, prepared));
  }

  async sendOneway(message: OutgoingMessage<T>, options: SendOptions<T>): Promise<void> {
    const send = async (seen: OutgoingMessage<T>, prepared: (bodyBytes: number) => void): Promise<undefined> => {
      await this.#pipeline.sendOneway(seen, options, prepared);
      return undefined;
    };
    await this.#observed.run(message, send, { isOneway: true });
  }

  sendBatch(messages: readonly OutgoingMessage<T>[], options: SendOptions<T>): Promise<SendResult[]> {
    if (!this.#observed.isWatched) return this.#pipeline.sendBatch(messages, options);
    return this.#observed.runBatch(messages, (seen) => this.#pipeline.sendBatch(seen, options));
  }

  /** One message that is more than a message; the result's queue has the namespace. */
  sendSpecial(
    message: OutgoingMessage<T>,
    options: SendOptions<T>,
    special: Special,
    kind: { readonly isHalf?: boolean } = {},
  ): Promise<SendResult> {
    return this.#observed.run(
      message,
      (seen, prepared) => this.#pipeline.sendSpecial(seen, options, special, prepared),
      kind,
    );
  }
}
