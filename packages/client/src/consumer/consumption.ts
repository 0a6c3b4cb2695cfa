/** What the ways of consuming share: the handler, its context, and what comes of a call. */
import type { Clock } from '@rocketmq-ts/common';
import type { ProcessQueue } from './process-queue.js';
import type { ReceivedMessage } from './received-message.js';

/**
 * Throw it (or reject with it) to have messages again at a time of your choosing;
 * any other error means: again, after the usual delay.
 */
export class ConsumeLaterError extends Error {
  override readonly name = 'ConsumeLaterError';
  /** 0: the broker chooses, by the number of deliveries; negative: the dead letter queue at once. */
  readonly delayLevel: number;
  /** For consumption in order: how long the queue waits. */
  readonly suspendMs: number | undefined;

  constructor(options: { delayLevel?: number; suspendMs?: number; message?: string; cause?: unknown } = {}) {
    super(
      options.message ?? 'to be consumed later',
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.delayLevel = options.delayLevel ?? 0;
    this.suspendMs = options.suspendMs;
  }
}

/** One call of a handler. */
export class ConsumeContext<T = Buffer> {
  #controller: AbortController | undefined;
  #aborted: unknown;
  #later: Map<ReceivedMessage<T>, number> | undefined;

  /** Aborts when the call takes longer than the consume time-out, or the consumer closes without waiting any longer. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  /** Of a batch, this message alone is to be delivered again; `delayLevel` as in `ConsumeLaterError`. */
  consumeLater(message: ReceivedMessage<T>, delayLevel = 0): void {
    this.#later ??= new Map();
    this.#later.set(message, delayLevel);
  }

  /** The delay level of a message that is to be delivered again; undefined for one that is not. @internal */
  laterLevelOf(message: ReceivedMessage<T>): number | undefined {
    return this.#later?.get(message);
  }

  /** @internal */
  abort(reason: Error): void {
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }
}

/** What the application does with messages; when it throws or rejects they were not consumed. */
export type Handler<T> = (messages: readonly ReceivedMessage<T>[], context: ConsumeContext<T>) => unknown;

/** What a way of consuming tells its consumer. */
export interface ConsumptionEvents<T> {
  /** Everything before `offset` is consumed. */
  consumed(processQueue: ProcessQueue<T>, offset: number): void;
  /** Messages were handled in `tookMs`, well or not. */
  handled(topic: string, count: number, tookMs: number, error: unknown): void;
}

/** What a way of consuming needs. */
export interface ConsumptionOptions<T> {
  readonly clock: Clock;
  readonly handler: Handler<T>;
  /** Calls of the handler at a time. */
  readonly concurrency: number;
  /** Most messages per call. */
  readonly batchSize: number;
  readonly events: ConsumptionEvents<T>;
}

/** A way of consuming. */
export interface Consumption<T> {
  /** Messages were added to a queue. */
  submit(processQueue: ProcessQueue<T>, messages: readonly ReceivedMessage<T>[]): void;
  /** No call of the handler for this queue is under way. */
  isIdle(processQueue: ProcessQueue<T>): boolean;
  /** Starts no more calls; resolves when those under way have ended. */
  drain(): Promise<void>;
  /** Tells the calls that are still under way that nobody waits for them any more. */
  abandon(reason: Error): void;
  /** What is late is taken from the handler; called now and then. */
  cleanUp(): void;
}

/** Calls the handler; what it throws at once becomes a rejection, what it gives at once costs no promise. */
export function callHandler<T>(
  handler: Handler<T>,
  messages: readonly ReceivedMessage<T>[],
  context: ConsumeContext<T>,
  done: (error: unknown, failed: boolean) => void,
): void {
  let given: unknown;
  try {
    given = handler(messages, context);
  } catch (error) {
    done(error, true);
    return;
  }
  if (isThenable(given)) {
    Promise.resolve(given).then(
      () => done(undefined, false),
      (error: unknown) => done(error, true),
    );
  } else done(undefined, false);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
