/** Puts observers around handlers, and around messages that are polled. */
import { ConsumeContext, type Handler } from '../consumer/consumption.js';
import type { ReceivedMessage } from '../consumer/received-message.js';
import { consumeEnd, consumeError, consumeStart } from './channels.js';
import type { ConsumeObservation, ConsumeObserver } from './observer.js';

/** The observers of one consumer, and whoever has subscribed to the channels. */
export class ObservedConsumption<T> {
  readonly #observers: readonly ConsumeObserver<T>[];
  readonly #isChannelOnly: boolean;

  constructor(group: string, observers: readonly ConsumeObserver<T>[]) {
    this.#observers = [...observers, channelObserver<T>(group)];
    this.#isChannelOnly = observers.length === 0;
  }

  /** Whether anybody looks; asked each time, as channels may be subscribed to at any time. */
  get isWatched(): boolean {
    return (
      !this.#isChannelOnly || consumeStart.hasSubscribers || consumeEnd.hasSubscribers || consumeError.hasSubscribers
    );
  }

  /** All observers as one. */
  begin(messages: readonly ReceivedMessage<T>[], context: ConsumeContext<T>): Required<ConsumeObservation> {
    const observations = this.#observers.map((observer) => observer.begin(messages, context));
    return {
      run(next) {
        const call = observations.reduceRight<() => unknown>(
          (inner, observation) => (observation.run === undefined ? inner : () => observation.run!(inner)),
          next,
        );
        return call();
      },
      ended(failed, error) {
        for (const observation of observations) observation.ended(failed, error);
      },
    };
  }

  /** The handler under observation. */
  handler(handler: Handler<T>): Handler<T> {
    return (messages, context) => {
      if (!this.isWatched) return handler(messages, context);
      const { run, ended } = this.begin(messages, context);
      let given: unknown;
      try {
        given = run(() => handler(messages, context));
      } catch (error) {
        ended(true, error);
        throw error;
      }
      if (!isThenable(given)) {
        ended(false, undefined);
        return given;
      }
      return Promise.resolve(given).then(
        (value) => {
          ended(false, undefined);
          return value;
        },
        (error: unknown) => {
          ended(true, error);
          throw error;
        },
      );
    };
  }

  /** A message is given to whoever polls; the answer is to be told how it ended. Undefined when nobody looks. */
  given(message: ReceivedMessage<T>): ConsumeObservation['ended'] | undefined {
    return this.isWatched ? this.begin([message], new ConsumeContext<T>()).ended : undefined;
  }
}

function channelObserver<T>(group: string): ConsumeObserver<T> {
  return {
    begin(messages) {
      if (consumeStart.hasSubscribers) consumeStart.publish({ messages, group });
      return {
        ended(failed, error) {
          if (!failed && consumeEnd.hasSubscribers) consumeEnd.publish({ messages, group });
          if (failed && consumeError.hasSubscribers) consumeError.publish({ messages, group, error });
        },
      };
    },
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
