/** From a message to its acknowledgement: chooses queues, and tries again elsewhere as the reference does. */
import { type MessageQueue, withoutNamespace } from '@rocketmq-ts/common';
import { RemotingConnectError, RemotingError, RemotingTimeoutError, ResponseCode } from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import {
  BrokerError,
  BrokerNotFoundError,
  ClientError,
  RequestTimeoutError,
  reasonOf,
  SendFailedError,
  TopicNotFoundError,
} from '../errors.js';
import type { TopicRoute } from '../route/topic-route.js';
import type { LatencyFaultTolerance } from './latency-fault-tolerance.js';
import type { MessageSender, Sendable } from './message-sender.js';
import type { ResolvedProducerOptions } from './producer-options.js';
import { QueueRotation } from './queue-rotation.js';
import type { SendResult } from './send-result.js';

/** Answers after which another broker may take the message. Source: DefaultMQProducer#retryResponseCodes. */
const RETRY_ELSEWHERE: ReadonlySet<number> = new Set([
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.NO_PERMISSION,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
]);

export interface SendAttemptsOptions {
  readonly client: ClientInstance;
  readonly sender: MessageSender;
  readonly options: ResolvedProducerOptions;
  readonly faults: LatencyFaultTolerance | undefined;
}

/** How one message is sent. */
export interface Delivery {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The queue, the only one that is tried, whether it should be written to or not. */
  readonly queue?: MessageQueue | undefined;
  /** Chooses the queue, the only one that is tried; without both, any queue will do. */
  readonly choose?: ((queues: readonly MessageQueue[]) => MessageQueue) | undefined;
}

/** Source: DefaultMQProducerImpl#sendDefaultImpl. */
export class SendAttempts {
  readonly #client: ClientInstance;
  readonly #sender: MessageSender;
  readonly #options: ResolvedProducerOptions;
  readonly #faults: LatencyFaultTolerance | undefined;
  readonly #rotations = new Map<string, QueueRotation>();

  constructor({ client, sender, options, faults }: SendAttemptsOptions) {
    this.#client = client;
    this.#sender = sender;
    this.#options = options;
    this.#faults = faults;
  }

  /** @throws SendFailedError, RequestTimeoutError, TopicNotFoundError, NameServerUnreachableError; the signal's reason */
  async send(message: Sendable, delivery: Delivery): Promise<SendResult> {
    const { clock } = this.#client.ports;
    const startMs = clock.monotonicMs();
    const route = this.route(message.topic) ?? (await this.#findRouteFor(message.topic, delivery));
    const deadlineMs = startMs + delivery.timeoutMs;
    const attempts: MessageQueue[] = [];
    const maxAttempts = delivery.choose === undefined && delivery.queue === undefined ? this.#options.attempts : 1;
    let failure: unknown;
    let result: SendResult | undefined;
    while (attempts.length < maxAttempts) {
      const remainingMs = deadlineMs - clock.monotonicMs();
      if (remainingMs <= 0) break;
      const queue = this.#queueFor(this.route(message.topic) ?? route, delivery, attempts.at(-1)?.brokerName);
      attempts.push(queue);
      const timeoutMs = Math.min(remainingMs, this.#options.attemptTimeoutMs);
      try {
        result = await this.#attempt(message, queue, { timeoutMs, signal: delivery.signal });
        if (result.status === 'SEND_OK' || !this.#options.retryWhenNotStoredOk) return result;
      } catch (error) {
        if (!mayRetry(error)) throw this.#failed(message, attempts, error);
        failure = error;
      }
    }
    if (result !== undefined) return result;
    if (failure === undefined) throw this.#late(message, attempts, delivery.timeoutMs);
    throw this.#failed(message, attempts, failure);
  }

  /** The route as far as it is known, if there is a queue to send to. */
  route(topic: string): TopicRoute | undefined {
    const route = this.#client.routes.peek(topic);
    return route !== undefined && route.publishQueues.length > 0 ? route : undefined;
  }

  /** The route, asked for when it is not known. */
  async mustRoute(topic: string): Promise<TopicRoute> {
    return this.route(topic) ?? this.#findRoute(topic);
  }

  /** The queue for a message that is tried once. */
  async queueOnce(topic: string, delivery: Delivery): Promise<MessageQueue> {
    return this.#queueFor(this.route(topic) ?? (await this.#findRouteFor(topic, delivery)), delivery);
  }

  /** The queue for the next try; only a delivery with a queue of its own needs no route. */
  #queueFor(known: TopicRoute | undefined, { queue, choose }: Delivery, lastBroker?: string): MessageQueue {
    if (queue !== undefined) return queue;
    const route = known!;
    if (choose !== undefined) return choose(route.publishQueues);
    let rotation = this.#rotations.get(route.topic);
    if (rotation === undefined) {
      rotation = new QueueRotation(this.#client.ports.random);
      this.#rotations.set(route.topic, rotation);
    }
    return rotation.next(route, lastBroker, this.#faults);
  }

  async #attempt(
    message: Sendable,
    queue: MessageQueue,
    options: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<SendResult> {
    const { clock } = this.#client.ports;
    const startMs = this.#faults === undefined ? 0 : clock.monotonicMs();
    try {
      const result = await this.#sender.send(message, queue, options);
      this.#faults?.answered(queue.brokerName, clock.monotonicMs() - startMs);
      return result;
    } catch (error) {
      if (error instanceof BrokerError) this.#faults?.refused(queue.brokerName);
      if (error instanceof RemotingError) this.#faults?.failed(queue.brokerName);
      if (error instanceof RemotingTimeoutError) this.#suspect(queue);
      if (error instanceof RemotingConnectError || error instanceof BrokerError) {
        this.#client.routes.refreshSoon(message.topic);
      }
      throw error;
    }
  }

  #suspect(queue: MessageQueue): void {
    const address = this.#client.routes.masterAddress(this.#client.routes.brokerNameOf(queue));
    if (address !== undefined) this.#client.suspect(address);
  }

  async #findRouteFor(topic: string, { queue }: Delivery): Promise<TopicRoute | undefined> {
    if (queue === undefined) return this.#findRoute(topic);
    const { routes } = this.#client;
    const isLocated = (): boolean => routes.masterAddress(routes.brokerNameOf(queue)) !== undefined;
    if (isLocated()) return undefined;
    try {
      return await this.#findRoute(topic);
    } catch (error) {
      // Its broker decides whether the queue can be written to.
      if (error instanceof TopicNotFoundError && isLocated()) return undefined;
      throw error;
    }
  }

  #findRoute(topic: string): Promise<TopicRoute> {
    return this.#client.routes.getForPublish(topic, this.#options.defaultTopicQueueNums);
  }

  #failed(message: Sendable, attempts: readonly MessageQueue[], cause: unknown): unknown {
    // What is none of ours (an abort, a bug) goes through as it is.
    if (!(cause instanceof ClientError) && !(cause instanceof RemotingError)) return cause;
    const Failure = cause instanceof RemotingTimeoutError ? RequestTimeoutError : SendFailedError;
    return new Failure(this.#topicName(message), attempts, reasonOf(cause), { cause });
  }

  #late(message: Sendable, attempts: readonly MessageQueue[], timeoutMs: number): RequestTimeoutError {
    return new RequestTimeoutError(this.#topicName(message), attempts, `no time was left of ${timeoutMs} ms`, {
      cause: undefined,
    });
  }

  #topicName({ topic }: Sendable): string {
    return withoutNamespace(topic, this.#client.options.namespace ?? '');
  }
}

function mayRetry(error: unknown): boolean {
  if (error instanceof BrokerError) return RETRY_ELSEWHERE.has(error.responseCode);
  return error instanceof RemotingError || error instanceof BrokerNotFoundError;
}
