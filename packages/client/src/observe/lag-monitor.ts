/** How far behind a consumer is, queue by queue. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { RemotingError } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { maxOffsetOf } from '../consumer/broker-calls.js';
import { ClientError } from '../errors.js';
import type { QueueLag } from './client-events.js';

/** When to tell of the lag. */
export interface LagMonitorOptions {
  /** Messages of all queues together above which the event `lag` is emitted. */
  readonly threshold: number;
  /** Default: 30000. */
  readonly intervalMs?: number;
}

/** What of a consumer is watched. */
export interface Laggard {
  readonly client: ClientInstance;
  /** The queues held now. */
  held(): readonly MessageQueue[];
  /** The next offset to consume, as far as it is known here. */
  consumed(queue: MessageQueue): number | undefined;
  /** What the broker knows of it. */
  committed(queue: MessageQueue): Promise<number | undefined>;
}

/** The lag of each queue that is held; queues whose broker does not answer are left out. */
export async function lagOf({ client, held, consumed, committed }: Laggard): Promise<QueueLag[]> {
  const measure = async (queue: MessageQueue): Promise<QueueLag | undefined> => {
    try {
      const brokerOffset = await maxOffsetOf(client, queue);
      const consumerOffset = consumed(queue) ?? (await committed(queue)) ?? 0;
      return { queue, brokerOffset, consumerOffset, lag: Math.max(0, brokerOffset - consumerOffset) };
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof RemotingError)) throw error;
      client.options.logger.warn('lag not measured', { ...queue, error });
      return undefined;
    }
  };
  const lags = await Promise.all(held().map(measure));
  return lags.filter((lag) => lag !== undefined);
}
