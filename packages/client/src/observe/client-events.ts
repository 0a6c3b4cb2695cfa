/** What clients, producers and consumers tell of themselves. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { consumerChannel, linkChannel } from './channels.js';
import { Events } from './events.js';

/** Events of the connections of a client. */
export interface LinkEvents {
  /** A connection to a broker or name server was made. */
  readonly connected: { readonly address: string };
  /** A connection ended; `error` unless it was closed in order. */
  readonly disconnected: { readonly address: string; readonly error: Error | undefined };
  /** The brokers or queues of a topic (with its namespace) are others than before. */
  readonly routeChanged: { readonly topic: string };
}

/** Events of a producer. */
export interface ProducerEvents extends LinkEvents {
  /** A check of a transaction or something else in the background failed. */
  readonly error: { readonly what: string; readonly error: unknown };
}

/** How far consumption of a queue is behind. */
export interface QueueLag {
  readonly queue: MessageQueue;
  /** The offset that the next message will get. */
  readonly brokerOffset: number;
  /** The next offset to consume, as far as this member knows. */
  readonly consumerOffset: number;
  /** Messages that wait. */
  readonly lag: number;
}

/** Events of a consumer. */
export interface ConsumerEvents extends LinkEvents {
  /** A handler or a pull failed: what is retried by itself, but somebody may want to know. */
  readonly error: { readonly what: string; readonly error: unknown };
  /** Queues were taken over or given up. */
  readonly rebalance: {
    readonly assigned: readonly MessageQueue[];
    readonly revoked: readonly MessageQueue[];
    readonly assignment: readonly MessageQueue[];
  };
  /** The lag of all queues together is above the threshold of the `lagMonitor`. */
  readonly lag: { readonly total: number; readonly queues: readonly QueueLag[] };
}

/** Events of connections, which are published on their channels too. */
export class LinkEventSource extends Events<LinkEvents> {
  override emit<K extends keyof LinkEvents>(event: K, payload: LinkEvents[K]): void {
    const channel = linkChannel(event);
    if (channel?.hasSubscribers) channel.publish(payload);
    super.emit(event, payload);
  }
}

/** Events of a consumer, which are published on their channels with its group. */
export class ConsumerEventSource extends Events<ConsumerEvents> {
  group = '';

  override emit<K extends keyof ConsumerEvents>(event: K, payload: ConsumerEvents[K]): void {
    const channel = consumerChannel(event);
    if (channel?.hasSubscribers) channel.publish({ group: this.group, ...payload });
    super.emit(event, payload);
  }
}

const LINK_EVENTS = ['connected', 'disconnected', 'routeChanged'] as const;

/** Passes the events of a client's connections on to one of its members; gives a function that stops it. */
export function forwardLinks<M extends LinkEvents>(from: LinkEventSource, to: Events<M>): () => void {
  const stops = LINK_EVENTS.map((event) => from.on(event, (payload) => to.emit(event, payload as M[typeof event])));
  return () => {
    for (const stop of stops) stop();
  };
}
