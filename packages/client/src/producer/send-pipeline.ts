/** The way of messages from the application to a broker: checked, gathered, compressed, tried until one has them. */
import { type MessageQueue, withoutNamespace, wrapNamespace } from '@rocketmq-ts/common';
import type { ClientInstance } from '../client-instance.js';
import { type Batch, resultsOf, splitIntoBatches } from './batch-splitter.js';
import { deliveryOf, mayTravelWithOthers } from './delivery.js';
import { type FaultDetector, faultToleranceOf } from './fault-detector.js';
import { compressed, MessageSender, type Sendable } from './message-sender.js';
import {
  MessagePreparation,
  type OutgoingMessage,
  type PreparedMessage,
  type SystemProperties,
} from './outgoing-message.js';
import { ProduceAccumulator } from './produce-accumulator.js';
import {
  DEFAULT_TOPIC,
  type ProducerOwnOptions,
  type ResolvedProducerOptions,
  resolveProducerOptions,
  type SendOptions,
} from './producer-options.js';
import { type Delivery, SendAttempts } from './send-attempts.js';
import type { SendResult } from './send-result.js';

/** What makes a message special: properties and flags that only the client may set. */
export type Special = Pick<Sendable, 'isReply' | 'sysFlag'> & { readonly system: SystemProperties };

/** The sends of one producer. Source: DefaultMQProducerImpl. */
export class SendPipeline<T> {
  readonly options: ResolvedProducerOptions;
  /** What messages were sent to, with the namespace. */
  readonly topics = new Set<string>();
  readonly #client: ClientInstance;
  readonly #preparation: MessagePreparation<T>;
  readonly #sender: MessageSender;
  readonly #attempts: SendAttempts;
  readonly #accumulator: ProduceAccumulator | undefined;
  readonly #detector: FaultDetector | undefined;

  /** `group` has the namespace. @throws InvalidArgumentError */
  constructor(client: ClientInstance, group: string, given: ProducerOwnOptions<T>) {
    this.#client = client;
    this.options = resolveProducerOptions(given);
    const { maxMessageBytes, defaultTopicQueueNums } = this.options;
    const { namespace } = client.options;
    this.#preparation = new MessagePreparation({ codec: given.codec, namespace, maxMessageBytes }, () =>
      client.uniqueIds.next(),
    );
    this.#sender = new MessageSender(client, { group, defaultTopic: DEFAULT_TOPIC, defaultTopicQueueNums });
    const { faults, detector } = faultToleranceOf(given.latencyFaultTolerance, client);
    this.#detector = detector;
    this.#attempts = new SendAttempts({
      client,
      sender: this.#sender,
      options: this.options,
      faults,
    });
    this.#accumulator = this.#makeAccumulator(given.linger);
  }

  /** One message; `onPrepared` is told the bytes of its body. */
  async send(
    message: OutgoingMessage<T>,
    options: SendOptions<T>,
    onPrepared?: (bodyBytes: number) => void,
  ): Promise<SendResult> {
    const prepared = this.#prepare(message);
    onPrepared?.(prepared.body.length);
    const delivery = this.#deliveryOf(message, options);
    if (this.#accumulator !== undefined && mayTravelWithOthers(prepared, delivery)) {
      return this.#accumulator.add(prepared, delivery.timeoutMs);
    }
    return this.outward(await this.#deliver(prepared, delivery));
  }

  /** One message that is more than a message; the result's queue has the namespace. */
  async sendSpecial(
    message: OutgoingMessage<T>,
    options: SendOptions<T>,
    { system, ...flags }: Special,
    onPrepared?: (bodyBytes: number) => void,
  ): Promise<SendResult> {
    const prepared = this.#prepare(message, system);
    onPrepared?.(prepared.body.length);
    return this.#deliver({ ...prepared, ...flags }, this.#deliveryOf(message, options));
  }

  async sendOneway(
    message: OutgoingMessage<T>,
    options: SendOptions<T>,
    onPrepared?: (bodyBytes: number) => void,
  ): Promise<void> {
    const prepared = this.#prepare(message);
    onPrepared?.(prepared.body.length);
    const delivery = this.#deliveryOf(message, options);
    const queue = await this.#attempts.queueOnce(prepared.topic, delivery);
    await this.#sender.sendOneway(await this.#compress(prepared), queue, delivery);
  }

  async sendBatch(messages: readonly OutgoingMessage<T>[], options: SendOptions<T>): Promise<SendResult[]> {
    const prepared = messages.map((message) => this.#prepare(message));
    const batches = splitIntoBatches(prepared, this.options.maxBatchBytes);
    const delivery = this.#deliveryOf(messages[0]!, options);
    const results: SendResult[] = [];
    for (const batch of batches) results.push(...(await this.#sendOneBatch(batch, delivery)));
    return results;
  }

  /** Sends what is gathered now. */
  flush(): void {
    this.#accumulator?.flush();
  }

  /** Ends what runs by itself. */
  close(): void {
    this.#detector?.close();
  }

  /** Makes sure that the brokers of a topic know this producer, as they push replies to those they know only. */
  async introduce(topic: string): Promise<void> {
    const inward = wrapNamespace(this.#client.options.namespace, topic);
    this.topics.add(inward);
    if (this.#attempts.route(inward) !== undefined) return;
    await this.#attempts.mustRoute(inward);
    await this.#client.heartbeat();
  }

  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    const route = await this.#attempts.mustRoute(wrapNamespace(this.#client.options.namespace, topic));
    return route.publishQueues.map((queue) => ({ ...queue, topic }));
  }

  /** The result with the topic as the application names it. */
  outward<R extends SendResult>(result: R): R {
    const { namespace } = this.#client.options;
    if (namespace === undefined) return result;
    const topic = withoutNamespace(result.queue.topic, namespace);
    return { ...result, queue: { ...result.queue, topic } };
  }

  #makeAccumulator(linger: ProducerOwnOptions<T>['linger']): ProduceAccumulator | undefined {
    if (linger === undefined || linger === false) return undefined;
    return new ProduceAccumulator(this.#client.ports.clock, linger === true ? {} : linger, (batch, timeoutMs) =>
      this.#sendGathered(batch, timeoutMs),
    );
  }

  async #sendOneBatch(batch: Batch, delivery: Delivery): Promise<SendResult[]> {
    return resultsOf(batch, this.outward(await this.#attempts.send(batch.request, delivery)));
  }

  async #sendGathered(batch: Batch, timeoutMs: number): Promise<SendResult[]> {
    const [only] = batch.messages;
    if (batch.messages.length > 1) return this.#sendOneBatch(batch, { timeoutMs });
    return [this.outward(await this.#deliver(only!, { timeoutMs }))];
  }

  #deliver(message: Sendable, delivery: Delivery): Promise<SendResult> {
    if (message.body.length <= this.options.compression.overBytes) return this.#attempts.send(message, delivery);
    return this.#compress(message).then((smaller) => this.#attempts.send(smaller, delivery));
  }

  #prepare(message: OutgoingMessage<T>, system?: SystemProperties): PreparedMessage {
    const prepared = this.#preparation.prepare(message, system);
    this.topics.add(prepared.topic);
    return prepared;
  }

  #deliveryOf(message: OutgoingMessage<T>, options: SendOptions<T>): Delivery {
    const { namespace } = this.#client.options;
    return deliveryOf(message, options, { sendTimeoutMs: this.options.sendTimeoutMs, namespace });
  }

  async #compress(message: Sendable): Promise<Sendable> {
    const { overBytes, type, level } = this.options.compression;
    if (message.body.length <= overBytes) return message;
    const { compressors } = this.#client;
    return compressed(message, compressors.get(type) ?? (await compressors.load(type)), level);
  }
}
