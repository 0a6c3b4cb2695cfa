/** Puts observers around a handler. */
import type { Handler } from '../consumer/consumption.js';
import { consumeEnd, consumeError, consumeStart } from './channels.js';
import type { ConsumeObserver } from './observer.js';

/** The handler, watched by the observers and by whoever has subscribed to the channels. */
export function observedHandler<T>(
  group: string,
  handler: Handler<T>,
  observers: readonly ConsumeObserver<T>[],
): Handler<T> {
  const all = [...observers, channelObserver<T>(group)];
  const isWatched = (): boolean =>
    observers.length > 0 || consumeStart.hasSubscribers || consumeEnd.hasSubscribers || consumeError.hasSubscribers;
  return (messages, context) => {
    if (!isWatched()) return handler(messages, context);
    const observations = all.map((observer) => observer.begin(messages, context));
    const ended = (failed: boolean, error: unknown): void => {
      for (const observation of observations) observation.ended(failed, error);
    };
    const call = observations.reduceRight<() => unknown>(
      (next, observation) => (observation.run === undefined ? next : () => observation.run!(next)),
      () => handler(messages, context),
    );
    let given: unknown;
    try {
      given = call();
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
