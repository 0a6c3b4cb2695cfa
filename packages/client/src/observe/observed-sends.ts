/** Puts observers around sends. */
import type { OutgoingMessage } from '../producer/outgoing-message.js';
import type { SendResult } from '../producer/send-result.js';
import { sendEnd, sendError, sendStart } from './channels.js';
import type { SendKind, SendObservation, SendObserver, SendOutcome } from './observer.js';

/** Sends one message, and gives its result if somebody waits for it; `prepared` is told how long its body is. */
export type ObservedSend<T, R extends SendResult | undefined> = (
  message: OutgoingMessage<T>,
  prepared: (bodyBytes: number) => void,
) => Promise<R>;

/** The observers of one producer. */
export class ObservedSends<T> {
  readonly #group: string;
  readonly #observers: readonly SendObserver<T>[];

  constructor(group: string, observers: readonly SendObserver<T>[]) {
    this.#group = group;
    this.#observers = observers;
  }

  /** Whether anybody looks; asked before each send, as channels may be subscribed to at any time. */
  get isWatched(): boolean {
    return this.#observers.length > 0 || sendStart.hasSubscribers || sendEnd.hasSubscribers || sendError.hasSubscribers;
  }

  async run<R extends SendResult | undefined>(
    message: OutgoingMessage<T>,
    send: ObservedSend<T, R>,
    kind: SendKind = {},
  ): Promise<R> {
    if (!this.isWatched) return send(message, ignore);
    let bodyBytes = 0;
    const observation = this.begin(message, kind);
    try {
      const result = await send(observation.message, (bytes) => {
        bodyBytes = bytes;
      });
      observation.ended(result === undefined ? { bodyBytes } : { result, bodyBytes });
      return result;
    } catch (error) {
      observation.ended({ error, bodyBytes });
      throw error;
    }
  }

  /** Each message of a batch is a send of its own for the observers. */
  async runBatch(
    messages: readonly OutgoingMessage<T>[],
    send: (messages: readonly OutgoingMessage<T>[]) => Promise<SendResult[]>,
  ): Promise<SendResult[]> {
    const observations = messages.map((message) => this.begin(message));
    try {
      const results = await send(observations.map(({ message }) => message));
      for (const [index, observation] of observations.entries()) {
        observation.ended({ result: results[index]!, bodyBytes: lengthOf(messages[index]!.body) });
      }
      return results;
    } catch (error) {
      for (const observation of observations) observation.ended({ error, bodyBytes: 0 });
      throw error;
    }
  }

  /** All observers as one. */
  begin(given: OutgoingMessage<T>, kind: SendKind = {}): SendObservation<T> {
    let message = given;
    const observations: SendObservation<T>[] = [];
    for (const observer of this.#observers) {
      const observation = observer.begin(message, kind);
      message = observation.message;
      observations.push(observation);
    }
    if (sendStart.hasSubscribers) sendStart.publish({ message, group: this.#group });
    return {
      message,
      ended: (outcome) => {
        for (const observation of observations) observation.ended(outcome);
        this.#publish(message, outcome);
      },
    };
  }

  #publish(message: OutgoingMessage<T>, { result, error }: SendOutcome): void {
    const group = this.#group;
    if (error === undefined) {
      if (sendEnd.hasSubscribers) sendEnd.publish({ message, group, result });
    } else if (sendError.hasSubscribers) sendError.publish({ message, group, error });
  }
}

function ignore(): void {}

/** What a codec makes of other bodies is not known here. */
function lengthOf(body: unknown): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : 0;
}
