/** What producers and consumers promise whatever protocol they speak; the classes for remoting implement it. */
import type { MessageQueue } from '@rocketmq-ts/common';

/** How something is ended. */
export interface CloseOptions {
  /** How long to wait for what is under way. Default: 10000. */
  readonly timeoutMs?: number;
}

/** Something that is started, on first use at the latest, and closed once; `await using` closes it too. */
export interface Startable extends AsyncDisposable {
  start(): Promise<void>;
  /** Lets what is under way end, then gives everything back; a second call does nothing. */
  close(options?: CloseOptions): Promise<void>;
}

/** Sends messages of type `M` and tells where they went. */
export interface MessageProducer<M, O, R> extends Startable {
  send(message: M, options?: O): Promise<R>;
  sendOneway(message: M, options?: O): Promise<void>;
}

/** Says how messages of a topic are selected. */
export type FilterExpression = string | { readonly sql: string };

/** Has messages brought to it. */
export interface MessageConsumer extends Startable {
  subscribe(topic: string, expression?: FilterExpression): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
  /** Stops fetching; what was fetched is still handled. */
  pause(): void;
  resume(): void;
}

/** What every received message tells, whatever protocol brought it. */
export interface IncomingMessage<T> {
  /** The id that its producer knows. */
  readonly messageId: string;
  readonly topic: string;
  readonly tag: string | undefined;
  readonly keys: readonly string[];
  readonly properties: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The body as the codec reads it. */
  readonly value: T;
  /** Deliveries before this one. */
  readonly reconsumeTimes: number;
  readonly queue: MessageQueue | undefined;
  /** When it was made, ms since the epoch by the producer's clock. */
  readonly bornTimestamp: number;
}
