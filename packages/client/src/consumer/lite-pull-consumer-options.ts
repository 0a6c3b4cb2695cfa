/** The options of a pull consumer, and of its polls. */
import type { FilterExpression } from '../api.js';
import type { ClientSource } from '../client-source.js';
import type { Codec } from '../codec.js';
import type { Moment } from '../moment.js';
import type { ConsumeObservationOptions } from '../observe/consumer-observers.js';
import type { LagMonitorOptions } from '../observe/lag-monitor.js';
import type { ClientMetrics } from '../observe/metrics.js';
import type { AllocationStrategy } from './allocate/allocation-strategy.js';
import type { PullOptions } from './push-consumer-options.js';
import type { ConsumeFrom } from './start-offset.js';

export interface LitePullConsumerOwnOptions<T> extends ConsumeObservationOptions<T> {
  readonly group: string;
  /** Expressions by topic; `subscribe` adds to them. */
  readonly subscriptions?: Readonly<Record<string, FilterExpression>>;
  /** How `message.value` is read. Default: the bytes. */
  readonly codec?: Codec<T>;
  /** Each message to one member of the group, or to all of them. Default: `clustering`. */
  readonly model?: 'clustering' | 'broadcasting';
  /** Where to start on queues that the group has no progress on. Default: `last`. */
  readonly consumeFrom?: ConsumeFrom;
  readonly allocation?: AllocationStrategy;
  /** The next `poll` acknowledges what the one before gave. Default: true. */
  readonly autoCommit?: boolean;
  /** How much is fetched ahead. */
  readonly pull?: PullOptions;
  /** Default: 5000. */
  readonly persistOffsetsIntervalMs?: number;
  /** Default: 20000. */
  readonly rebalanceIntervalMs?: number;
  /** Takes the metrics of this consumer. Default: silence. */
  readonly metrics?: ClientMetrics;
  /** Default: 15000. */
  readonly metricsIntervalMs?: number;
  /** Watches how far behind this member is, for the event `lag`. Default: it does not. */
  readonly lagMonitor?: LagMonitorOptions;
}

export type LitePullConsumerOptions<T = Buffer> = ClientSource & LitePullConsumerOwnOptions<T>;

/** A place in a queue: an offset, its ends, or the first message stored at a time (ms since the epoch). */
export type SeekPosition = number | 'begin' | 'end' | Moment;

export interface PollOptions {
  /** Most messages. Default: 10. */
  readonly maxMessages?: number;
  /** How long to wait for the first. Default: 5000. */
  readonly timeoutMs?: number;
  /** Gives up waiting: the poll rejects with its reason. */
  readonly signal?: AbortSignal;
}
