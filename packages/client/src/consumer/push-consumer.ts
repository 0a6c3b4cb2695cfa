/** The push consumer of the remoting protocol: messages are brought to a handler. */
import { type MessageQueue, wrapNamespace } from '@rocketmq-ts/common';
import type { ConsumeMessageDirectlyResult } from '@rocketmq-ts/remoting';
import type { CloseOptions, FilterExpression, MessageConsumer } from '../api.js';
import type { ConsumerEvents, QueueLag } from '../observe/client-events.js';
import { consumerObservers } from '../observe/consumer-observers.js';
import type { Listener, Observable } from '../observe/events.js';
import type { TraceDispatcher } from '../observe/message-trace/trace-dispatcher.js';
import type { ClientPorts } from '../ports.js';
import { ConcurrentConsumption } from './concurrent-consumption.js';
import { consumeDirectly } from './consume-directly.js';
import { ConsumerCore } from './consumer-core.js';
import type { Consumption, Handler } from './consumption.js';
import { consumptionEvents } from './consumption-events.js';
import { KeyedConsumption } from './keyed-consumption.js';
import { OrderlyConsumption } from './orderly-consumption.js';
import { type PushConsumerOptions, type ResolvedPushOptions, resolvePushOptions } from './push-consumer-options.js';
import { decodeRecord, needsLoading } from './record-decoding.js';
import { SendBack } from './send-back.js';

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RECONSUME_TIMES = 16;
const MAX_INT = 0x7fff_ffff;

/**
 * Has the messages of topics brought to a handler.
 *
 * ```ts
 * await using consumer = new PushConsumer({
 *   nameServers: '127.0.0.1:9876',
 *   group: 'billing',
 *   onMessage: async (message) => console.log(message.tag, message.body.toString()),
 * });
 * await consumer.subscribe('Orders', 'paid || refunded');
 * await consumer.start();
 * ```
 *
 * Source: DefaultMQPushConsumer, DefaultMQPushConsumerImpl.
 */
export class PushConsumer<T = Buffer> implements MessageConsumer, Observable<ConsumerEvents> {
  readonly #options: ResolvedPushOptions;
  readonly #core: ConsumerCore<T>;
  readonly #traces: TraceDispatcher | undefined;
  readonly #handler: Handler<T>;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(options: PushConsumerOptions<T>, ports?: ClientPorts) {
    this.#options = resolvePushOptions(options);
    let handler: Handler<T> = handlerOf(options);
    this.#core = new ConsumerCore<T>({
      source: options,
      ports,
      group: options.group,
      codec: options.codec,
      options: this.#options,
      consumption: (core) => this.#makeConsumption(core, (messages, context) => handler(messages, context)),
      consumeDirectly: (record, brokerName) => this.#consumeDirectly(record, brokerName),
      watch: options,
    });
    const { client, group } = this.#core;
    const model = this.#options.isBroadcast ? 'broadcasting' : 'clustering';
    const { observed, traces } = consumerObservers({ client, group, model }, options);
    this.#traces = traces;
    handler = observed.handler(handler);
    this.#handler = handler;
    for (const [topic, expression] of Object.entries(options.subscriptions ?? {})) {
      this.#core.subscriptions.add(topic, expression);
    }
  }

  /** With its namespace, as brokers know it. */
  get group(): string {
    return this.#core.group;
  }

  /** The name of this member of the group. */
  get clientId(): string {
    return this.#core.client.clientId;
  }

  /** The queues that this member has now, those of its retries included. */
  get assignment(): readonly MessageQueue[] {
    return this.#core.queues.held();
  }

  /** Subscribes to a topic, or changes what is selected: tags (`a || b`) or `{ sql }`. Possible at any time. */
  async subscribe(topic: string, expression: FilterExpression = '*'): Promise<void> {
    await this.#core.subscribe(topic, expression);
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#core.unsubscribe(topic);
  }

  /**
   * Joins the group, and has messages brought from now on. While no name server
   * or broker can be reached it keeps trying; the event `error` tells of it.
   *
   * @throws ClientClosedError
   */
  async start(): Promise<void> {
    await this.#core.start();
  }

  on<K extends keyof ConsumerEvents>(event: K, listener: Listener<ConsumerEvents[K]>): () => void {
    return this.#core.events.on(event, listener);
  }

  off<K extends keyof ConsumerEvents>(event: K, listener: Listener<ConsumerEvents[K]>): void {
    this.#core.events.off(event, listener);
  }

  /** How far behind this member is on each queue that it has; queues whose broker does not answer are left out. */
  async lag(): Promise<readonly QueueLag[]> {
    return this.#core.lag();
  }

  pause(): void {
    this.#core.pause();
  }

  resume(): void {
    this.#core.resume();
  }

  /** Commits the progress now, instead of at the next interval. */
  async persistOffsets(): Promise<void> {
    await this.#core.queues.persist();
  }

  /**
   * Starts no more calls of the handler, waits for those under way, commits and
   * leaves. What is not done after `timeoutMs` comes again, here or elsewhere.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    await this.#core.close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS, (remainingMs) =>
      this.#traces?.close(remainingMs),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #makeConsumption(core: ConsumerCore<T>, handler: Handler<T>): Consumption<T> {
    const options = this.#options;
    const { clock } = core.client.ports;
    const { logger } = core.client.options;
    const { concurrency, batchSize, isBroadcast } = options;
    const shared = { clock, logger, handler, concurrency, batchSize, events: consumptionEvents(core) };
    const sendBack = this.#makeSendBack(core);
    if (options.isOrderly) {
      const Ordered = options.isByKey ? KeyedConsumption : OrderlyConsumption;
      return new Ordered<T>({
        ...shared,
        needsLock: !isBroadcast,
        suspendMs: options.suspendMs,
        maxReconsumeTimes: isBroadcast ? -1 : options.maxReconsumeTimes,
        giveUp: (message) => sendBack.sendAnew(message, message.reconsumeTimes),
      });
    }
    return new ConcurrentConsumption<T>({
      ...shared,
      batchTimeoutMs: options.batchTimeoutMs,
      consumeTimeoutMs: options.consumeTimeoutMs,
      handBack: isBroadcast ? undefined : (message, level) => sendBack.handBack(message, level),
      processQueues: () => core.queues.processQueues(),
    });
  }

  #makeSendBack({ client, group }: ConsumerCore<T>): SendBack {
    const { maxReconsumeTimes, isOrderly } = this.#options;
    const withoutLimit = isOrderly ? MAX_INT : DEFAULT_MAX_RECONSUME_TIMES;
    return new SendBack({
      client,
      group,
      maxReconsumeTimes: maxReconsumeTimes < 0 ? withoutLimit : maxReconsumeTimes,
      inward: (topic) => wrapNamespace(client.options.namespace, topic),
    });
  }

  async #consumeDirectly(record: Buffer, brokerName: string | undefined): Promise<ConsumeMessageDirectlyResult> {
    const { messageSource, client } = this.#core;
    const message = decodeRecord(record, brokerName ?? '', messageSource);
    if (needsLoading(message.sysFlag)) await client.compressors.loadAll();
    return consumeDirectly(this.#handler, message, {
      clock: client.ports.clock,
      isOrderly: this.#options.isOrderly,
    });
  }
}

function handlerOf<T>({ onMessage, onBatch }: PushConsumerOptions<T>): Handler<T> {
  if (onBatch !== undefined) return onBatch;
  return (messages, context) => onMessage!(messages[0]!, context);
}
