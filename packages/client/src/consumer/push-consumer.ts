/** The push consumer of the remoting protocol: messages are brought to a handler. */
import {
  checkClientGroup,
  findProperty,
  isRetryTopic,
  MessageConst,
  type MessageQueue,
  PredefinedGroup,
  retryTopicOf,
  type Timer,
  withoutNamespace,
  wrapNamespace,
} from '@rocketmq-ts/common';
import type { CloseOptions, FilterExpression, MessageConsumer } from '../api.js';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumerMember } from '../client-member.js';
import { leaseClient } from '../client-source.js';
import { bytes, type Codec } from '../codec.js';
import { ClientClosedError, ClientError, InvalidArgumentError } from '../errors.js';
import { Lifetime, settledWithin } from '../lifetime.js';
import type { ClientPorts } from '../ports.js';
import { ConcurrentConsumption } from './concurrent-consumption.js';
import { consumeDirectly } from './consume-directly.js';
import { runningInfoOf } from './consumer-running-info.js';
import { ConsumerStats } from './consumer-stats.js';
import type { Consumption, ConsumptionEvents, Handler } from './consumption.js';
import { HeldQueues } from './held-queues.js';
import { LocalOffsetStore } from './local-offset-store.js';
import type { OffsetStore } from './offset-store.js';
import { OrderlyConsumption } from './orderly-consumption.js';
import { decodeRecord, needsLoading, PullApi } from './pull-api.js';
import { type PushConsumerOptions, type ResolvedPushOptions, resolvePushOptions } from './push-consumer-options.js';
import { QueueLocks } from './queue-locks.js';
import { Rebalancer } from './rebalancer.js';
import type { MessageSource } from './received-message.js';
import { RemoteOffsetStore } from './remote-offset-store.js';
import { SendBack } from './send-back.js';
import { Subscriptions } from './subscriptions.js';

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;
/** Source: RebalanceLockManager; locks are renewed well before they expire. */
const LOCK_INTERVAL_MS = 20_000;
const CLEAN_UP_INTERVAL_MS = 60_000;
const DEFAULT_MAX_RECONSUME_TIMES = 16;

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
export class PushConsumer<T = Buffer> implements MessageConsumer {
  readonly #client: ClientInstance;
  readonly #ownsClient: boolean;
  readonly #options: ResolvedPushOptions;
  readonly #group: string;
  readonly #handler: Handler<T>;
  readonly #subscriptions: Subscriptions;
  readonly #offsets: OffsetStore;
  readonly #lifetime: Lifetime;
  readonly #source: MessageSource<T>;
  readonly #sendBack: SendBack;
  readonly #consumption: Consumption<T>;
  readonly #queues: HeldQueues<T>;
  readonly #rebalancer: Rebalancer;
  readonly #stats: ConsumerStats;
  readonly #member: ConsumerMember;
  readonly #timers: Timer[] = [];
  #startTimestamp = 0;
  #rebalancing: Promise<void> = Promise.resolve();
  #paused = false;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(options: PushConsumerOptions<T>, ports?: ClientPorts) {
    checkGroup(options.group);
    this.#options = resolvePushOptions(options);
    // Members of a broadcast find their offsets again under the same client id.
    const defaults = this.#options.isBroadcast ? { instanceName: 'DEFAULT' } : {};
    const { client, isOwn } = leaseClient(options, ports, defaults);
    this.#client = client;
    this.#ownsClient = isOwn;
    const { namespace } = client.options;
    this.#group = wrapNamespace(namespace, options.group);
    this.#handler = handlerOf(options);
    this.#lifetime = new Lifetime(client.ports.clock);
    this.#stats = new ConsumerStats(client.ports.clock);
    this.#subscriptions = new Subscriptions(namespace, () => client.ports.clock.now());
    for (const [topic, expression] of Object.entries(options.subscriptions ?? {})) {
      this.#subscriptions.add(topic, expression);
    }
    const { isBroadcast } = this.#options;
    this.#offsets = isBroadcast
      ? new LocalOffsetStore(client, this.#group)
      : new RemoteOffsetStore(client, this.#group);
    this.#source = this.#makeSource(options.codec ?? (bytes as Codec<unknown> as Codec<T>));
    this.#sendBack = new SendBack({
      client,
      group: this.#group,
      maxReconsumeTimes: this.#maxReconsumeTimes,
      inward: (topic) => wrapNamespace(namespace, topic),
    });
    this.#consumption = this.#makeConsumption();
    this.#queues = this.#makeQueues();
    this.#rebalancer = new Rebalancer({
      client,
      group: this.#group,
      strategy: this.#options.allocation,
      isBroadcast,
      intervalMs: this.#options.rebalanceIntervalMs,
      holder: this.#queues,
      lifetime: this.#lifetime,
    });
    this.#member = this.#makeMember();
  }

  /** With its namespace, as brokers know it. */
  get group(): string {
    return this.#group;
  }

  /** The name of this member of the group. */
  get clientId(): string {
    return this.#client.clientId;
  }

  /** The queues that this member has now. */
  get assignment(): readonly MessageQueue[] {
    return this.#queues.held();
  }

  /** Subscribes to a topic, or changes what is selected: tags (`a || b`) or `{ sql }`. Possible at any time. */
  async subscribe(topic: string, expression: FilterExpression = '*'): Promise<void> {
    this.#mustBeOpen();
    this.#subscriptions.add(topic, expression);
    if (this.#starting !== undefined) await this.#subscriptionsChanged();
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#mustBeOpen();
    if (this.#subscriptions.remove(topic) && this.#starting !== undefined) await this.#subscriptionsChanged();
  }

  /**
   * Joins the group, and has messages brought from now on.
   *
   * @throws ClientClosedError, TopicNotFoundError, NameServerUnreachableError
   */
  async start(): Promise<void> {
    this.#mustBeOpen();
    this.#starting ??= this.#start();
    await this.#starting;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#queues.wake();
  }

  /** Commits the progress now, instead of at the next interval. */
  async persistOffsets(): Promise<void> {
    await this.#queues.persist();
  }

  /**
   * Starts no more calls of the handler, waits for those under way, commits and
   * leaves. What is not done after `timeoutMs` comes again, here or elsewhere.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    const { isBroadcast, persistOffsetsIntervalMs, isOrderly } = this.#options;
    if (!isBroadcast) this.#subscriptions.addInternal(retryTopicOf(this.#group), '*');
    this.#offsets.load();
    this.#client.register(this.#member);
    this.#startTimestamp = this.#client.ports.clock.now();
    await this.#client.routes.refreshAll(this.#client.topics());
    await this.#client.heartbeat();
    this.#every(persistOffsetsIntervalMs, () => this.#queues.persist());
    this.#every(CLEAN_UP_INTERVAL_MS, async () => {
      this.#consumption.cleanUp();
      await this.#queues.releaseIdle();
    });
    if (isOrderly) this.#every(LOCK_INTERVAL_MS, () => this.#queues.lockAll());
    await this.#rebalancer.rebalance();
    this.#rebalancing = this.#rebalancer.run();
    this.#rebalancing.catch((error: unknown) => this.#bug('rebalancing', error));
  }

  async #close(timeoutMs: number): Promise<void> {
    const { clock } = this.#client.ports;
    const endMs = clock.monotonicMs() + timeoutMs;
    await this.#starting?.catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error;
    });
    for (const timer of this.#timers) timer.cancel();
    this.#lifetime.end();
    this.#queues.stopPulling();
    await this.#rebalancing;
    if (!(await settledWithin(clock, this.#consumption.drain(), endMs - clock.monotonicMs()))) {
      this.#consumption.abandon(new ClientClosedError('the consumer'));
    }
    await this.#queues.close();
    await this.#client.unregister(this.#member);
    if (this.#ownsClient) await this.#client.close();
  }

  async #subscriptionsChanged(): Promise<void> {
    await this.#client.routes.refreshAll(this.#client.topics());
    await this.#client.heartbeat();
    this.#rebalancer.soon();
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new ClientClosedError('the consumer');
  }

  get #maxReconsumeTimes(): number {
    const { maxReconsumeTimes, isOrderly } = this.#options;
    if (maxReconsumeTimes >= 0) return maxReconsumeTimes;
    return isOrderly ? 0x7fff_ffff : DEFAULT_MAX_RECONSUME_TIMES;
  }

  #every(intervalMs: number, work: () => Promise<void>): void {
    const { clock } = this.#client.ports;
    const run = (): void => {
      work().catch((error: unknown) => this.#bug('upkeep', error));
    };
    this.#timers.push(clock.setRepeating(intervalMs, run, { background: true }));
  }

  #bug(what: string, error: unknown): void {
    this.#client.options.logger.error(`${what} of a push consumer failed`, { group: this.#group, error });
  }

  #makeSource(codec: Codec<T>): MessageSource<T> {
    const { namespace } = this.#client.options;
    return {
      codec,
      compressors: this.#client.compressors,
      topicOf: (storedTopic, propertiesText) => {
        const topic = isRetryTopic(storedTopic) ? originalTopic(storedTopic, propertiesText) : storedTopic;
        return namespace === undefined ? topic : withoutNamespace(topic, namespace);
      },
    };
  }

  #makeConsumption(): Consumption<T> {
    const { clock } = this.#client.ports;
    const { logger } = this.#client.options;
    const options = this.#options;
    const events: ConsumptionEvents<T> = {
      consumed: (processQueue, offset) => {
        processQueue.lastConsumeTimestamp = clock.now();
        this.#offsets.update(processQueue.queue, offset);
      },
      handled: (topic, count, tookMs, error) => this.#stats.handled(topic, count, tookMs, error !== undefined),
    };
    const { concurrency, batchSize, isBroadcast } = options;
    const shared = { clock, logger, handler: this.#handler, concurrency, batchSize, events };
    if (options.isOrderly) {
      return new OrderlyConsumption<T>({
        ...shared,
        needsLock: !isBroadcast,
        suspendMs: options.suspendMs,
        maxReconsumeTimes: isBroadcast ? -1 : options.maxReconsumeTimes,
        giveUp: (message) => this.#sendBack.sendAnew(message, message.reconsumeTimes),
      });
    }
    return new ConcurrentConsumption<T>({
      ...shared,
      batchTimeoutMs: options.batchTimeoutMs,
      consumeTimeoutMs: options.consumeTimeoutMs,
      handBack: isBroadcast ? undefined : (message, level) => this.#sendBack.handBack(message, level),
      processQueues: () => this.#queues.processQueues(),
    });
  }

  #makeQueues(): HeldQueues<T> {
    return new HeldQueues<T>({
      client: this.#client,
      options: this.#options,
      subscriptions: this.#subscriptions,
      offsets: this.#offsets,
      pullApi: new PullApi(this.#client, this.#group, this.#source),
      consumption: () => this.#consumption,
      locks: new QueueLocks(this.#client, this.#group),
      lifetime: this.#lifetime,
      isPaused: () => this.#paused,
      rebalanceSoon: () => this.#rebalancer.soon(),
      onPulled: (topic, count) => this.#stats.pulled(topic, count),
    });
  }

  #makeMember(): ConsumerMember {
    return {
      kind: 'consumer',
      group: this.#group,
      topics: () => this.#subscriptions.topics,
      consumerData: () => ({
        groupName: this.#group,
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: this.#options.isBroadcast ? 'BROADCASTING' : 'CLUSTERING',
        consumeFromWhere: CONSUME_FROM_WHERE[consumeFromName(this.#options.consumeFrom)],
        subscriptionDataSet: this.#subscriptions.all,
        unitMode: false,
      }),
      rebalanceSoon: () => this.#rebalancer.soon(),
      runningInfo: () => this.#runningInfo(),
      consumedOffsets: (topic) => this.#consumedOffsets(topic),
      resetOffsets: (topic, offsets) => this.#resetOffsets(topic, offsets),
      consumeDirectly: (record, brokerName) => this.#consumeDirectly(record, brokerName),
    };
  }

  #runningInfo(): ReturnType<ConsumerMember['runningInfo']> {
    return runningInfoOf({
      clock: this.#client.ports.clock,
      consumeType: 'CONSUME_PASSIVELY',
      isOrderly: this.#options.isOrderly,
      concurrency: this.#options.concurrency,
      nameServers: this.#client.nameServers.addresses,
      startTimestamp: this.#startTimestamp,
      subscriptions: this.#subscriptions.all,
      processQueues: this.#queues.processQueues() as Iterable<never>,
      offsets: this.#offsets,
      stats: this.#stats,
    });
  }

  #consumedOffsets(topic: string): ReadonlyMap<MessageQueue, number> {
    const queues = this.#queues.held().filter((queue) => queue.topic === topic);
    return new Map(queues.map((queue) => [queue, this.#offsets.peek(queue) ?? -1]));
  }

  async #resetOffsets(topic: string, offsets: ReadonlyMap<MessageQueue, number>): Promise<void> {
    await this.#queues.reset(new Map([...offsets].filter(([queue]) => queue.topic === topic)));
  }

  async #consumeDirectly(
    record: Buffer,
    brokerName: string | undefined,
  ): ReturnType<ConsumerMember['consumeDirectly']> {
    const message = decodeRecord(record, brokerName ?? '', this.#source);
    if (needsLoading(message.sysFlag)) await this.#client.compressors.loadAll();
    const { isOrderly } = this.#options;
    return consumeDirectly(this.#handler, message, { clock: this.#client.ports.clock, isOrderly });
  }
}

const CONSUME_FROM_WHERE = {
  last: 'CONSUME_FROM_LAST_OFFSET',
  first: 'CONSUME_FROM_FIRST_OFFSET',
  timestamp: 'CONSUME_FROM_TIMESTAMP',
} as const;

function consumeFromName(consumeFrom: ResolvedPushOptions['consumeFrom']): keyof typeof CONSUME_FROM_WHERE {
  return typeof consumeFrom === 'string' ? consumeFrom : 'timestamp';
}

function originalTopic(retryTopic: string, propertiesText: string): string {
  return findProperty(propertiesText, MessageConst.PROPERTY_RETRY_TOPIC) ?? retryTopic;
}

function checkGroup(group: string): void {
  const problem = checkClientGroup(group);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  if (group === PredefinedGroup.DEFAULT_CONSUMER) {
    throw new InvalidArgumentError(`consumerGroup can not equal ${group}, please specify another one.`);
  }
}

function handlerOf<T>({ onMessage, onBatch }: PushConsumerOptions<T>): Handler<T> {
  if (onBatch !== undefined) return onBatch;
  return (messages, context) => onMessage!(messages[0]!, context);
}
