/** The options of a producer, and their defaults. */
import { CompressionType, type MessageQueue, parseCompressionType, SystemTopic } from '@rocketmq-ts/common';
import { notNegative, positive } from '../client-options.js';
import type { ClientSource } from '../client-source.js';
import type { Codec } from '../codec.js';
import type { SendHook } from '../observe/hooks.js';
import type { MessageTraceOptions } from '../observe/message-trace/trace-options.js';
import type { TracingOptions } from '../observe/opentelemetry.js';
import type { AvoidanceRule, LatencyFaultToleranceOptions } from './latency-fault-tolerance.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { TransactionChecker } from './transactions.js';

export interface CompressionOptions {
  /** Bodies above so many bytes are compressed. Default: 4096. */
  readonly overBytes?: number;
  /** Default: `ZLIB`. */
  readonly type?: 'ZLIB' | 'LZ4' | 'ZSTD';
  /** Default: 5; LZ4 has no levels. */
  readonly level?: number;
}

/** Messages that are sent shortly after one another travel together. */
export interface LingerOptions {
  /** How long a message waits for others. Default: 10. */
  readonly delayMs?: number;
  /** A batch of so many bytes leaves at once. Default: 32768. */
  readonly batchBytes?: number;
  /** A batch of so many messages leaves at once. Default: 512. */
  readonly batchMessages?: number;
}

export interface ProducerOwnOptions<T> {
  /** Producers of one kind of application. Default: `DEFAULT_PRODUCER`. */
  readonly group?: string;
  /** How bodies are encoded; without one they are text or bytes. */
  readonly codec?: Codec<T>;
  /** From `send` until the acknowledgement, all tries included. Default: 3000. */
  readonly sendTimeoutMs?: number;
  /** Longest wait for one try, so that there is time for another; default: all of `sendTimeoutMs`. */
  readonly attemptTimeoutMs?: number;
  /** More tries after a failed one, on other brokers if there are any. Default: 2. */
  readonly retries?: number;
  /** Also try another broker when one stored the message but could not copy it as configured. Default: false. */
  readonly retryWhenNotStoredOk?: boolean;
  /** Default: 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Batches are split into requests of at most so many bytes. Default: 1 MiB. */
  readonly maxBatchBytes?: number;
  readonly compression?: CompressionOptions;
  /** Gathers single sends into batches. Default: off. */
  readonly linger?: LingerOptions | boolean;
  /** Avoids brokers that were slow or failed; with rules of its own, or detection of lost ones, if given. Default: false. */
  readonly latencyFaultTolerance?: boolean | readonly AvoidanceRule[] | LatencyFaultToleranceOptions;
  /** Queues of a topic that the first message creates, per broker. Default: 4. */
  readonly defaultTopicQueueNums?: number;
  /** Called around sends. */
  readonly hooks?: readonly SendHook<T>[];
  /** Says how the transaction of a half message ended, when a broker asks; for `sendInTransaction`. */
  readonly onCheck?: TransactionChecker;
  /** OpenTelemetry spans around sends. Default: none. */
  readonly tracing?: TracingOptions;
  /** RocketMQ's own message traces. Default: false. */
  readonly messageTrace?: boolean | MessageTraceOptions;
}

export type ProducerOptions<T = string | Uint8Array> = ClientSource & ProducerOwnOptions<T>;

/** Where one message goes, and how long that may take. */
export interface SendOptions<T = string | Uint8Array> {
  /** Instead of the producer's. */
  readonly timeoutMs?: number;
  /** Gives up waiting; the message may be stored nevertheless. */
  readonly signal?: AbortSignal;
  /** To this queue, without trying others. */
  readonly queue?: MessageQueue;
  /** Equal keys go to equal queues while the number of queues stays. */
  readonly hashKey?: string;
  /** Chooses among all queues of the topic. */
  readonly select?: (queues: readonly MessageQueue[], message: OutgoingMessage<T>) => MessageQueue;
}

/** Options of a producer with defaults in place. */
export interface ResolvedProducerOptions {
  readonly sendTimeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly attempts: number;
  readonly retryWhenNotStoredOk: boolean;
  readonly maxMessageBytes: number;
  readonly maxBatchBytes: number;
  readonly defaultTopicQueueNums: number;
  readonly compression: { readonly overBytes: number; readonly type: CompressionType; readonly level: number };
}

/** The topic whose settings new topics inherit. */
export const DEFAULT_TOPIC = SystemTopic.AUTO_CREATE_TOPIC_KEY;

/** @throws InvalidArgumentError */
export function resolveProducerOptions<T>(options: ProducerOwnOptions<T>): ResolvedProducerOptions {
  const { compression = {} } = options;
  const sendTimeoutMs = positive('sendTimeoutMs', options.sendTimeoutMs, 3000);
  return {
    sendTimeoutMs,
    attemptTimeoutMs: positive('attemptTimeoutMs', options.attemptTimeoutMs, sendTimeoutMs),
    attempts: 1 + notNegative('retries', options.retries, 2),
    retryWhenNotStoredOk: options.retryWhenNotStoredOk ?? false,
    maxMessageBytes: positive('maxMessageBytes', options.maxMessageBytes, 4 * 1024 * 1024),
    maxBatchBytes: positive('maxBatchBytes', options.maxBatchBytes, 1024 * 1024),
    defaultTopicQueueNums: positive('defaultTopicQueueNums', options.defaultTopicQueueNums, 4),
    compression: {
      overBytes: notNegative('compression.overBytes', compression.overBytes, 4096),
      type: compression.type === undefined ? CompressionType.ZLIB : parseCompressionType(compression.type),
      level: compression.level ?? 5,
    },
  };
}
