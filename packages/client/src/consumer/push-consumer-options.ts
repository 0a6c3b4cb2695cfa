/** The options of a push consumer, and their defaults. */

import type { FilterExpression } from '../api.js';
import { notNegative, positive } from '../client-options.js';
import type { ClientSource } from '../client-source.js';
import type { Codec } from '../codec.js';
import { InvalidArgumentError } from '../errors.js';
import type { ConsumeObservationOptions } from '../observe/consumer-observers.js';
import type { LagMonitorOptions } from '../observe/lag-monitor.js';
import type { ClientMetrics } from '../observe/metrics.js';
import type { AllocationStrategy } from './allocate/allocation-strategy.js';
import { averageAllocation } from './allocate/averaging.js';
import type { ConsumeContext } from './consumption.js';
import type { ReceivedMessage } from './received-message.js';
import { type ConsumeFrom, checkedConsumeFrom } from './start-offset.js';

/** How much is fetched ahead of the handler. */
export interface PullOptions {
  /** Most messages of one pull. Default: 32. */
  readonly batchSize?: number;
  /** Most bytes of one pull. Default: 256 KiB. */
  readonly batchBytes?: number;
  /** Pause between pulls. Default: 0. */
  readonly intervalMs?: number;
  /** Messages cached per queue beyond which pulls stop. Default: 1000. */
  readonly thresholdMessages?: number;
  /** Bytes cached per queue beyond which pulls stop. Default: 100 MiB. */
  readonly thresholdBytes?: number;
  /** Messages cached per topic, shared by its queues. Default: none. */
  readonly topicThresholdMessages?: number;
  /** Bytes cached per topic, shared by its queues. Default: none. */
  readonly topicThresholdBytes?: number;
  /** Messages cached in all queues together beyond which pulls stop. Default: of a pull consumer 10000, else none. */
  readonly totalThresholdMessages?: number;
  /** Distance from the first to the last cached message beyond which pulls stop. Default: 2000; orderly: none. */
  readonly maxSpan?: number;
  /** How long a broker keeps a pull that finds nothing. Default: 15000. */
  readonly suspendMs?: number;
  /** How long an answer is waited for. Default: 30000. */
  readonly timeoutMs?: number;
}

export interface BatchOptions {
  /** Most messages per call. */
  readonly size: number;
  /** How long a call waits for the batch to be full. Default: 0. */
  readonly timeoutMs?: number;
}

export interface PushConsumerOwnOptions<T> extends ConsumeObservationOptions<T> {
  readonly group: string;
  /** Called for each message; when it throws or rejects the message comes again later. */
  readonly onMessage?: (message: ReceivedMessage<T>, context: ConsumeContext<T>) => unknown;
  /** Instead of `onMessage`: called for several messages. */
  readonly onBatch?: (messages: readonly ReceivedMessage<T>[], context: ConsumeContext<T>) => unknown;
  /** How many messages `onBatch` gets. Default: 1. */
  readonly batch?: BatchOptions;
  /** How `message.value` is read. Default: the bytes. */
  readonly codec?: Codec<T>;
  /** Expressions by topic; `subscribe` adds to them. */
  readonly subscriptions?: Readonly<Record<string, FilterExpression>>;
  /** Each message to one member of the group, or to all of them. Default: `clustering`. */
  readonly model?: 'clustering' | 'broadcasting';
  /**
   * `queue` keeps the order of each queue; `key` that of the messages with one
   * sharding key, while those of others in the same queue go on. Default: `none`.
   */
  readonly order?: 'none' | 'queue' | 'key';
  /** Calls of the handler at a time. Default: 20. */
  readonly concurrency?: number;
  /** Where to start on queues that the group has no progress on. Default: `last`. */
  readonly consumeFrom?: ConsumeFrom;
  /** How queues are shared; the same for all members. Default: `averageAllocation`. */
  readonly allocation?: AllocationStrategy;
  /** Deliveries before the dead letter queue; negative: 16, in order without end. Default: -1. */
  readonly maxReconsumeTimes?: number;
  /** A call that takes longer is given up, and its messages come again. Default: 15 minutes. */
  readonly consumeTimeoutMs?: number;
  /** In order: how long a queue waits after a failure. Default: 1000. */
  readonly suspendMs?: number;
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

export type PushConsumerOptions<T = Buffer> = ClientSource & PushConsumerOwnOptions<T>;

/** Options of a push consumer with defaults in place. */
export interface ResolvedPushOptions {
  readonly isBroadcast: boolean;
  /** Queues are locked at their brokers, and handed over only between calls. */
  readonly isOrderly: boolean;
  /** In order by sharding key, not by queue. */
  readonly isByKey: boolean;
  readonly isLite: false;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly batchTimeoutMs: number;
  readonly consumeFrom: ConsumeFrom;
  readonly allocation: AllocationStrategy;
  readonly maxReconsumeTimes: number;
  readonly consumeTimeoutMs: number;
  readonly suspendMs: number;
  readonly persistOffsetsIntervalMs: number;
  readonly rebalanceIntervalMs: number;
  readonly pull: ResolvedPullOptions;
}

export type ResolvedPullOptions = Required<PullOptions>;

/** @throws InvalidArgumentError */
export function resolvePushOptions<T>(options: PushConsumerOwnOptions<T>): ResolvedPushOptions {
  if ((options.onMessage === undefined) === (options.onBatch === undefined)) {
    throw new InvalidArgumentError('a push consumer needs onMessage or onBatch, and not both');
  }
  if (options.onMessage !== undefined && options.batch !== undefined) {
    throw new InvalidArgumentError('batch: only onBatch takes several messages');
  }
  const isOrderly = (options.order ?? 'none') !== 'none';
  return {
    isBroadcast: options.model === 'broadcasting',
    isOrderly,
    isByKey: options.order === 'key',
    isLite: false,
    concurrency: positive('concurrency', options.concurrency, 20),
    batchSize: positive('batch.size', options.batch?.size, 1),
    batchTimeoutMs: notNegative('batch.timeoutMs', options.batch?.timeoutMs, 0),
    consumeFrom: checkedConsumeFrom(options.consumeFrom),
    allocation: options.allocation ?? averageAllocation,
    maxReconsumeTimes: options.maxReconsumeTimes ?? -1,
    consumeTimeoutMs: positive('consumeTimeoutMs', options.consumeTimeoutMs, 15 * 60_000),
    suspendMs: notNegative('suspendMs', options.suspendMs, 1000),
    persistOffsetsIntervalMs: positive('persistOffsetsIntervalMs', options.persistOffsetsIntervalMs, 5000),
    rebalanceIntervalMs: positive('rebalanceIntervalMs', options.rebalanceIntervalMs, 20_000),
    pull: resolvePullOptions(options.pull ?? {}, options.order === 'queue'),
  };
}

/** @throws InvalidArgumentError */
export function resolvePullOptions(pull: PullOptions, isOrderly: boolean): ResolvedPullOptions {
  const none = Number.MAX_SAFE_INTEGER;
  return {
    batchSize: positive('pull.batchSize', pull.batchSize, 32),
    batchBytes: positive('pull.batchBytes', pull.batchBytes, 256 * 1024),
    intervalMs: notNegative('pull.intervalMs', pull.intervalMs, 0),
    thresholdMessages: positive('pull.thresholdMessages', pull.thresholdMessages, 1000),
    thresholdBytes: positive('pull.thresholdBytes', pull.thresholdBytes, 100 * 1024 * 1024),
    topicThresholdMessages: positive('pull.topicThresholdMessages', pull.topicThresholdMessages, none),
    topicThresholdBytes: positive('pull.topicThresholdBytes', pull.topicThresholdBytes, none),
    totalThresholdMessages: positive('pull.totalThresholdMessages', pull.totalThresholdMessages, none),
    maxSpan: positive('pull.maxSpan', pull.maxSpan, isOrderly ? none : 2000),
    suspendMs: positive('pull.suspendMs', pull.suspendMs, 15_000),
    timeoutMs: positive('pull.timeoutMs', pull.timeoutMs, 30_000),
  };
}
