/** The producer of the remoting protocol. */
import {
  checkClientGroup,
  type MessageQueue,
  MessageSysFlag,
  PredefinedGroup,
  withoutNamespace,
  wrapNamespace,
} from '@rocketmq-ts/common';
import type { CloseOptions, MessageProducer } from '../api.js';
import type { ClientInstance } from '../client-instance.js';
import type { ProducerMember } from '../client-member.js';
import { leaseClient } from '../client-source.js';
import type { ReceivedMessage } from '../consumer/received-message.js';
import { ClientClosedError, InvalidArgumentError } from '../errors.js';
import { settledWithin } from '../lifetime.js';
import { forwardLinks, type ProducerEvents } from '../observe/client-events.js';
import { Events, type Listener, type Observable } from '../observe/events.js';
import { sendHookObserver, tellHooks } from '../observe/hooks.js';
import { type TraceDispatcher, traceDispatcher } from '../observe/message-trace/trace-dispatcher.js';
import { traceSends } from '../observe/message-trace/trace-observers.js';
import { ObservedSends } from '../observe/observed-sends.js';
import type { SendObserver } from '../observe/observer.js';
import { tracedSends } from '../observe/tracing.js';
import { unheardErrors } from '../observe/unheard-errors.js';
import type { ClientPorts } from '../ports.js';
import { ObservedPipeline } from './observed-pipeline.js';
import type { OutgoingMessage, SystemProperties } from './outgoing-message.js';
import type { ProducerOptions, SendOptions } from './producer-options.js';
import { type Recalled, recallMessage } from './recalls.js';
import { type Repliable, type RequestOptions, replyAddressOf, requestAndWait } from './requests.js';
import { SendPipeline } from './send-pipeline.js';
import type { SendResult } from './send-result.js';
import { type LocalTransaction, type TransactionResult, Transactions } from './transactions.js';

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
  implements MessageProducer<OutgoingMessage<T>, SendOptions<T>, SendResult>, Observable<ProducerEvents>
{
  readonly #client: ClientInstance;
  readonly #ownsClient: boolean;
  readonly #member: ProducerMember;
  readonly #pipeline: SendPipeline<T>;
  readonly #transactions: Transactions;
  readonly #sends: ObservedPipeline<T>;
  readonly #events: Events<ProducerEvents>;
  readonly #traces: TraceDispatcher | undefined;
  readonly #stopForwarding: () => void;
  readonly #underWay = new Set<Promise<unknown>>();
  #starting: Promise<void> | undefined;
  #started = false;
  #closing: Promise<void> | undefined;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(options: ProducerOptions<T>, ports?: ClientPorts) {
    const problem = checkClientGroup(options.group ?? PredefinedGroup.DEFAULT_PRODUCER);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    const { client, isOwn } = leaseClient(options, ports);
    const group = wrapNamespace(client.options.namespace, options.group ?? PredefinedGroup.DEFAULT_PRODUCER);
    this.#client = client;
    this.#ownsClient = isOwn;
    this.#events = new Events(client.options.logger, unheardErrors(client));
    this.#stopForwarding = forwardLinks(client.events, this.#events);
    this.#traces = traceDispatcher(client, { group, type: 'PRODUCE' }, options.messageTrace);
    this.#pipeline = new SendPipeline(client, group, options);
    this.#transactions = this.#makeTransactions(group, options);
    this.#member = {
      kind: 'producer',
      group,
      topics: () => this.#pipeline.topics,
      checkTransaction: (check) => this.#transactions.check(check),
    };
    this.#sends = new ObservedPipeline(this.#pipeline, new ObservedSends(group, this.#observersOf(group, options)));
  }

  /** With its namespace, as brokers know it. */
  get group(): string {
    return this.#member.group;
  }

  on<K extends keyof ProducerEvents>(event: K, listener: Listener<ProducerEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  off<K extends keyof ProducerEvents>(event: K, listener: Listener<ProducerEvents[K]>): void {
    this.#events.off(event, listener);
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
    return this.#track(this.#sends.send(message, options));
  }

  /** Sends without waiting for an answer: nobody learns whether it arrived. */
  async sendOneway(message: OutgoingMessage<T>, options: SendOptions<T> = {}): Promise<void> {
    await this.#ready();
    await this.#track(this.#sends.sendOneway(message, options));
  }

  /**
   * Sends messages of one topic together, in as few requests as their size
   * allows; the results are in the order of the messages. When a request fails,
   * the error is thrown and what was sent before stays sent.
   */
  async sendBatch(messages: readonly OutgoingMessage<T>[], options: SendOptions<T> = {}): Promise<SendResult[]> {
    await this.#ready();
    return this.#track(this.#sends.sendBatch(messages, options));
  }

  /**
   * Sends a message that asks for a reply, and waits for it: a consumer of the topic replies with `reply`.
   *
   * @throws ReplyTimeoutError, and as `send`
   */
  async request<R = Buffer>(
    message: OutgoingMessage<T>,
    options: RequestOptions<T, R> = {},
  ): Promise<ReceivedMessage<R>> {
    await this.#ready();
    return this.#track(this.#request(message, options));
  }

  /**
   * Answers a message that came from `request`; for handlers of consumers. Resolves when the one who asked has it.
   *
   * @throws InvalidArgumentError when the message does not ask for a reply; and as `send`
   */
  async reply(request: Repliable, body: T, options: SendOptions<T> = {}): Promise<SendResult> {
    await this.#ready();
    const { topic, properties: system } = replyAddressOf(request);
    return this.#track(this.#sends.sendSpecial({ topic, body }, options, { system, isReply: true }));
  }

  /**
   * Stores a message that no consumer gets yet, runs `local`, and commits or
   * rolls the message back as `local` says. What `local` throws is thrown on; the
   * broker then asks the producer's `onCheck`, as it does after `unknown`.
   *
   * @throws as `send`, and what `local` throws
   */
  async sendInTransaction(
    message: OutgoingMessage<T>,
    local: LocalTransaction,
    options: SendOptions<T> = {},
  ): Promise<TransactionResult> {
    await this.#ready();
    return this.#track(this.#sendInTransaction(message, local, options));
  }

  /**
   * Takes a delayed message back before it is due, by the `recallHandle` of its send; gives its id.
   *
   * @throws InvalidArgumentError, BrokerError when it is too late or the broker does not do this
   */
  async recall(topic: string, recallHandle: string): Promise<string> {
    await this.#ready();
    const { sendTimeoutMs: timeoutMs } = this.#pipeline.options;
    const onAnswer = (recalled: Recalled): void => this.#traces?.recalled(recalled);
    return this.#track(
      recallMessage(topic, recallHandle, { client: this.#client, group: this.group, timeoutMs, onAnswer }),
    );
  }

  /** The queues that a topic's messages can be sent to. */
  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    await this.#ready();
    return this.#pipeline.queuesOf(topic);
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
    const { clock } = this.#client.ports;
    const endMs = clock.monotonicMs() + timeoutMs;
    this.#pipeline.flush();
    await settledWithin(clock, Promise.allSettled(this.#underWay), timeoutMs);
    await this.#traces?.close(endMs - clock.monotonicMs());
    this.#pipeline.close();
    this.#stopForwarding();
    await this.#client.unregister(this.#member);
    if (this.#ownsClient) await this.#client.close();
  }

  #observersOf(group: string, { hooks = [], tracing }: ProducerOptions<T>): SendObserver<T>[] {
    const observers: SendObserver<T>[] = hooks.map((hook) => sendHookObserver(hook, this.#client.options.logger));
    if (tracing !== undefined) observers.push(tracedSends(tracing, { group, clientId: this.#client.clientId }));
    if (this.#traces !== undefined) observers.push(traceSends(this.#traces));
    return observers;
  }

  #makeTransactions(group: string, { onCheck, hooks = [] }: ProducerOptions<T>): Transactions {
    return new Transactions({
      client: this.#client,
      group,
      onCheck,
      onEnd: (end) => {
        this.#traces?.transactionEnded(end);
        tellHooks(hooks, end, this.#client.options.logger);
      },
      onError: (what, error) => {
        this.#client.options.logger.warn(`${what} failed`, { group, error });
        this.#events.emit('error', { what, error });
      },
    });
  }

  async #request<R>(message: OutgoingMessage<T>, options: RequestOptions<T, R>): Promise<ReceivedMessage<R>> {
    const { timeoutMs = this.#pipeline.options.sendTimeoutMs, signal, replyCodec: codec } = options;
    const namespace = this.#client.options.namespace ?? '';
    await this.#pipeline.introduce(message.topic);
    return requestAndWait<R>(this.#client, {
      topic: message.topic,
      timeoutMs,
      signal,
      codec,
      topicOf: (stored) => withoutNamespace(stored, namespace),
      send: (system: SystemProperties) => this.#sends.sendSpecial(message, { ...options, timeoutMs }, { system }),
    });
  }

  async #sendInTransaction(
    message: OutgoingMessage<T>,
    local: LocalTransaction,
    options: SendOptions<T>,
  ): Promise<TransactionResult> {
    if (message.delayLevel !== undefined || message.delayMs !== undefined || message.deliverAtMs !== undefined) {
      throw new InvalidArgumentError('Transactional messages do not support delayed delivery');
    }
    const special = { system: this.#transactions.halfProperties, sysFlag: MessageSysFlag.TRANSACTION_PREPARED };
    const half = await this.#sends.sendSpecial(message, options, special, { isHalf: true });
    const { tag, keys = [] } = message;
    const ended = {
      topic: wrapNamespace(this.#client.options.namespace, message.topic),
      tag,
      keys: typeof keys === 'string' ? [keys] : keys,
    };
    return this.#pipeline.outward(await this.#transactions.run(half, ended, local));
  }

  async #ready(): Promise<void> {
    if (!this.#started || this.#closing !== undefined) await this.start();
  }

  #track<R>(work: Promise<R>): Promise<R> {
    this.#underWay.add(work);
    const forget = (): void => {
      this.#underWay.delete(work);
    };
    work.then(forget, forget);
    return work;
  }
}
