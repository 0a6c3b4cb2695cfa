/** The producer of the remoting protocol. */
import {
  checkClientGroup,
  javaHashCode,
  type MessageQueue,
  PredefinedGroup,
  selectQueueByHash,
  withoutNamespace,
  wrapNamespace,
} from '@rocketmq-ts/common';
import type { CloseOptions, MessageProducer } from '../api.js';
import type { ClientInstance } from '../client-instance.js';
import type { ProducerMember } from '../client-member.js';
import { leaseClient } from '../client-source.js';
import { ClientClosedError, InvalidArgumentError } from '../errors.js';
import { settledWithin } from '../lifetime.js';
import type { ClientPorts } from '../ports.js';
import { type Batch, splitIntoBatches } from './batch-splitter.js';
import { LatencyFaultTolerance } from './latency-fault-tolerance.js';
import { compressed, MessageSender, type Sendable } from './message-sender.js';
import { MessagePreparation, type OutgoingMessage, type PreparedMessage } from './outgoing-message.js';
import { ProduceAccumulator } from './produce-accumulator.js';
import {
  DEFAULT_TOPIC,
  type ProducerOptions,
  type ResolvedProducerOptions,
  resolveProducerOptions,
  type SendHook,
  type SendOptions,
} from './producer-options.js';
import { type Delivery, SendAttempts } from './send-attempts.js';
import type { SendResult } from './send-result.js';

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/**
 * Sends messages to topics.
 *
 * ```ts
 * await using producer = new Producer({ nameServers: '127.0.0.1:9876', group: 'orders' });
 * const { messageId } = await producer.send({ topic: 'Orders', tag: 'paid', keys: ['42'], body: 'hello' });
 * ```
 *
 * Source: DefaultMQProducer, DefaultMQProducerImpl.
 */
export class Producer<T = string | Uint8Array>
  implements MessageProducer<OutgoingMessage<T>, SendOptions<T>, SendResult>
{
  readonly #client: ClientInstance;
  readonly #ownsClient: boolean;
  readonly #options: ResolvedProducerOptions;
  readonly #hooks: readonly SendHook<T>[];
  readonly #member: ProducerMember;
  readonly #preparation: MessagePreparation<T>;
  readonly #sender: MessageSender;
  readonly #attempts: SendAttempts;
  readonly #accumulator: ProduceAccumulator | undefined;
  readonly #topics = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();
  #starting: Promise<void> | undefined;
  #started = false;
  #closing: Promise<void> | undefined;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(options: ProducerOptions<T>, ports?: ClientPorts) {
    const group = options.group ?? PredefinedGroup.DEFAULT_PRODUCER;
    const problem = checkClientGroup(group);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    this.#options = resolveProducerOptions(options);
    this.#hooks = options.hooks ?? [];
    const { client, isOwn } = leaseClient(options, ports);
    this.#client = client;
    this.#ownsClient = isOwn;
    const { namespace } = client.options;
    this.#member = { kind: 'producer', group: wrapNamespace(namespace, group), topics: () => this.#topics };
    const { maxMessageBytes, defaultTopicQueueNums } = this.#options;
    this.#preparation = new MessagePreparation({ codec: options.codec, namespace, maxMessageBytes }, () =>
      client.uniqueIds.next(),
    );
    this.#sender = new MessageSender(client, {
      group: this.#member.group,
      defaultTopic: DEFAULT_TOPIC,
      defaultTopicQueueNums,
    });
    this.#attempts = new SendAttempts({
      client,
      sender: this.#sender,
      options: this.#options,
      faults: faultTolerance(options.latencyFaultTolerance, client),
    });
    const linger = options.linger === true ? {} : options.linger || undefined;
    if (linger !== undefined) {
      this.#accumulator = new ProduceAccumulator(client.ports.clock, linger, (batch, timeoutMs) =>
        this.#sendGathered(batch, timeoutMs),
      );
    }
  }

  /** With its namespace, as brokers know it. */
  get group(): string {
    return this.#member.group;
  }

  /** Announces the producer; sends do it by themselves. */
  async start(): Promise<void> {
    if (this.#closing !== undefined) throw new ClientClosedError('the producer');
    this.#starting ??= this.#start();
    await this.#starting;
  }

  /**
   * Sends a message and waits until a broker has stored it.
   *
   * @throws InvalidArgumentError, ClientClosedError, SendFailedError, RequestTimeoutError, TopicNotFoundError,
   * NameServerUnreachableError; the signal's reason when aborted
   */
  async send(message: OutgoingMessage<T>, options: SendOptions<T> = {}): Promise<SendResult> {
    if (!this.#started || this.#closing !== undefined) await this.start();
    if (this.#hooks.length === 0) return this.#track(this.#send(message, options));
    return this.#track(this.#sendWithHooks(message, options));
  }

  /** Sends without waiting for an answer: nobody learns whether it arrived. */
  async sendOneway(message: OutgoingMessage<T>, options: SendOptions<T> = {}): Promise<void> {
    if (!this.#started || this.#closing !== undefined) await this.start();
    const prepared = this.#prepare(message);
    const delivery = this.#deliveryOf(message, options);
    const queue = this.#attempts.queueFor(await this.#attempts.mustRoute(prepared.topic), delivery);
    await this.#sender.sendOneway(await this.#compress(prepared), queue, delivery);
  }

  /**
   * Sends messages of one topic together, in as few requests as their size
   * allows; the results are in the order of the messages. When a request fails,
   * the error is thrown and what was sent before stays sent.
   */
  async sendBatch(messages: readonly OutgoingMessage<T>[], options: SendOptions<T> = {}): Promise<SendResult[]> {
    if (!this.#started || this.#closing !== undefined) await this.start();
    const prepared = messages.map((message) => this.#prepare(message));
    const batches = splitIntoBatches(prepared, this.#options.maxBatchBytes);
    const delivery = this.#deliveryOf(messages[0]!, options);
    const results: SendResult[] = [];
    for (const batch of batches) {
      results.push(...(await this.#track(this.#sendOneBatch(batch, delivery))));
    }
    return results;
  }

  /** The queues that a topic's messages can be sent to. */
  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    await this.start();
    const route = await this.#attempts.mustRoute(wrapNamespace(this.#client.options.namespace, topic));
    return route.publishQueues.map((queue) => ({ ...queue, topic }));
  }

  /** Waits for the sends under way, then leaves. */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    this.#client.register(this.#member);
    this.#started = true;
    await this.#client.heartbeat();
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#accumulator?.flush();
    await settledWithin(this.#client.ports.clock, Promise.allSettled(this.#underWay), timeoutMs);
    await this.#client.unregister(this.#member);
    if (this.#ownsClient) await this.#client.close();
  }

  #track<R>(send: Promise<R>): Promise<R> {
    this.#underWay.add(send);
    const forget = (): void => {
      this.#underWay.delete(send);
    };
    send.then(forget, forget);
    return send;
  }

  async #send(message: OutgoingMessage<T>, options: SendOptions<T>): Promise<SendResult> {
    const prepared = this.#prepare(message);
    const delivery = this.#deliveryOf(message, options);
    if (this.#accumulator !== undefined && mayTravelWithOthers(prepared, delivery)) {
      return this.#accumulator.add(prepared, delivery.timeoutMs);
    }
    const needsCompression = prepared.body.length > this.#options.compression.overBytes;
    const sendable = needsCompression ? await this.#compress(prepared) : prepared;
    return this.#outward(await this.#attempts.send(sendable, delivery));
  }

  async #sendOneBatch(batch: Batch, delivery: Delivery): Promise<SendResult[]> {
    return resultsOf(batch, this.#outward(await this.#attempts.send(batch.request, delivery)));
  }

  async #sendGathered(batch: Batch, timeoutMs: number): Promise<SendResult[]> {
    const [only] = batch.messages;
    if (batch.messages.length > 1) return this.#sendOneBatch(batch, { timeoutMs });
    return [this.#outward(await this.#attempts.send(await this.#compress(only!), { timeoutMs }))];
  }

  async #sendWithHooks(message: OutgoingMessage<T>, options: SendOptions<T>): Promise<SendResult> {
    for (const hook of this.#hooks) hook.before?.(message);
    try {
      const result = await this.#send(message, options);
      for (const hook of this.#hooks) hook.after?.(message, { result });
      return result;
    } catch (error) {
      for (const hook of this.#hooks) hook.after?.(message, { error });
      throw error;
    }
  }

  #prepare(message: OutgoingMessage<T>): PreparedMessage {
    const prepared = this.#preparation.prepare(message);
    this.#topics.add(prepared.topic);
    return prepared;
  }

  #deliveryOf(message: OutgoingMessage<T>, options: SendOptions<T>): Delivery {
    const { timeoutMs = this.#options.sendTimeoutMs, signal, queue, hashKey, select } = options;
    signal?.throwIfAborted();
    if (queue === undefined && hashKey === undefined && select === undefined) return { timeoutMs, signal };
    const { namespace } = this.#client.options;
    const inward = (chosen: MessageQueue): MessageQueue =>
      namespace === undefined ? chosen : { ...chosen, topic: wrapNamespace(namespace, chosen.topic) };
    if (queue !== undefined) return { timeoutMs, signal, choose: () => inward(queue) };
    if (hashKey !== undefined) {
      const hash = javaHashCode(hashKey);
      return { timeoutMs, signal, choose: (queues) => queues[selectQueueByHash(hash, queues.length)]! };
    }
    const outward = (queues: readonly MessageQueue[]): readonly MessageQueue[] =>
      namespace === undefined ? queues : queues.map((each) => ({ ...each, topic: message.topic }));
    return { timeoutMs, signal, choose: (queues) => inward(select!(outward(queues), message)) };
  }

  async #compress(message: PreparedMessage): Promise<Sendable> {
    const { overBytes, type, level } = this.#options.compression;
    if (message.body.length <= overBytes) return message;
    const { compressors } = this.#client;
    return compressed(message, compressors.get(type) ?? (await compressors.load(type)), level);
  }

  /** The result with the topic as the application names it. */
  #outward(result: SendResult): SendResult {
    const { namespace } = this.#client.options;
    if (namespace === undefined) return result;
    const topic = withoutNamespace(result.queue.topic, namespace);
    return { ...result, queue: { ...result.queue, topic } };
  }
}

function faultTolerance<T>(
  option: ProducerOptions<T>['latencyFaultTolerance'],
  { ports }: ClientInstance,
): LatencyFaultTolerance | undefined {
  if (option === undefined || option === false) return undefined;
  return new LatencyFaultTolerance(ports.clock, option === true ? undefined : option);
}

function mayTravelWithOthers({ isDelayed }: PreparedMessage, { choose, signal }: Delivery): boolean {
  return !isDelayed && choose === undefined && signal === undefined;
}

/** One result per message of a batch, from the one answer. */
function resultsOf({ messages }: Batch, result: SendResult): SendResult[] {
  const offsetMessageIds = result.offsetMessageId.split(',');
  return messages.map(({ messageId }, index) => ({
    ...result,
    messageId,
    offsetMessageId: offsetMessageIds[index] ?? offsetMessageIds[0]!,
    queueOffset: result.queueOffset + index,
  }));
}
