/** What all consumers of the remoting protocol are made of: client, subscriptions, progress, held queues, membership. */
import { checkClientGroup, PredefinedGroup, retryTopicOf, type Timer, wrapNamespace } from '@rocketmq-ts/common';
import type { FilterExpression } from '../api.js';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumerMember } from '../client-member.js';
import { type ClientSource, leaseClient } from '../client-source.js';
import type { Codec } from '../codec.js';
import { ClientClosedError, ClientError, InvalidArgumentError } from '../errors.js';
import { Lifetime, settledWithin } from '../lifetime.js';
import { ConsumerEventSource, forwardLinks, type QueueLag } from '../observe/client-events.js';
import { type Watched, type WatchOptions, watchConsumer } from '../observe/consumer-watch.js';
import { lagOf } from '../observe/lag-monitor.js';
import { unheardErrors } from '../observe/unheard-errors.js';
import type { ClientPorts } from '../ports.js';
import type { AllocationStrategy } from './allocate/allocation-strategy.js';
import { consumerMemberOf } from './consumer-member.js';
import { ConsumerStats } from './consumer-stats.js';
import type { Consumption } from './consumption.js';
import { HeldQueues, type HoldingOptions } from './held-queues.js';
import { LocalOffsetStore } from './local-offset-store.js';
import { messageSourceOf } from './message-source.js';
import type { OffsetStore } from './offset-store.js';
import { PullApi } from './pull-api.js';
import { QueueLocks } from './queue-locks.js';
import { Rebalancer } from './rebalancer.js';
import type { MessageSource } from './received-message.js';
import { RemoteOffsetStore } from './remote-offset-store.js';
import { checkSubscriptions } from './subscription-check.js';
import { Subscriptions } from './subscriptions.js';

/** Locks are renewed well before they expire. Source: RebalanceImpl, `rocketmq.client.rebalance.lockInterval`. */
const LOCK_INTERVAL_MS = 20_000;
const CLEAN_UP_INTERVAL_MS = 60_000;

/** How a consumer holds and shares queues. */
export interface CoreOptions extends HoldingOptions {
  readonly concurrency: number;
  readonly allocation: AllocationStrategy;
  readonly persistOffsetsIntervalMs: number;
  readonly rebalanceIntervalMs: number;
}

export interface CoreSetup<T> {
  readonly source: ClientSource;
  /** For tests. */
  readonly ports: ClientPorts | undefined;
  readonly group: string;
  readonly codec: Codec<T> | undefined;
  readonly options: CoreOptions;
  readonly consumption: (core: ConsumerCore<T>) => Consumption<T>;
  readonly consumeDirectly: ConsumerMember['consumeDirectly'];
  readonly watch?: WatchOptions;
}

/** One member of a group. Consumers differ in the `Consumption` that they put in. */
export class ConsumerCore<T> {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  readonly options: CoreOptions;
  readonly subscriptions: Subscriptions;
  readonly offsets: OffsetStore;
  readonly stats: ConsumerStats;
  readonly messageSource: MessageSource<T>;
  readonly consumption: Consumption<T>;
  readonly queues: HeldQueues<T>;
  readonly events: ConsumerEventSource;
  readonly #watched: Watched;
  readonly #watch: WatchOptions;
  readonly #stopForwarding: () => void;
  readonly #ownsClient: boolean;
  readonly #lifetime: Lifetime;
  readonly #rebalancer: Rebalancer;
  readonly #member: ConsumerMember;
  readonly #timers: Timer[] = [];
  #rebalancing: Promise<void> = Promise.resolve();
  #isRebalanced = true;
  #paused = false;
  #startTimestamp = 0;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws InvalidArgumentError */
  constructor(setup: CoreSetup<T>) {
    checkGroup(setup.group);
    const { options } = setup;
    this.options = options;
    // Members of a broadcast find their offsets again under the same client id.
    const defaults = options.isBroadcast ? { instanceName: 'DEFAULT' } : {};
    const { client, isOwn } = leaseClient(setup.source, setup.ports, defaults);
    this.client = client;
    this.#ownsClient = isOwn;
    this.group = wrapNamespace(client.options.namespace, setup.group);
    this.#lifetime = new Lifetime(client.ports.clock);
    this.events = new ConsumerEventSource(client.options.logger, unheardErrors(client));
    this.events.group = this.group;
    this.#stopForwarding = forwardLinks(client.events, this.events);
    this.stats = new ConsumerStats(client.ports.clock);
    this.subscriptions = new Subscriptions(client.options.namespace, () => client.ports.clock.now());
    this.offsets = options.isBroadcast
      ? new LocalOffsetStore(client, this.group)
      : new RemoteOffsetStore(client, this.group);
    this.messageSource = messageSourceOf(client, setup.codec);
    this.consumption = setup.consumption(this);
    this.queues = this.#makeQueues();
    this.#rebalancer = new Rebalancer({
      client,
      group: this.group,
      strategy: options.allocation,
      isBroadcast: options.isBroadcast,
      intervalMs: options.rebalanceIntervalMs,
      holder: this.queues,
      lifetime: this.#lifetime,
      onChange: (change) => this.events.emit('rebalance', { ...change, assignment: this.queues.held() }),
    });
    this.#member = consumerMemberOf({
      client,
      group: this.group,
      options,
      subscriptions: this.subscriptions,
      queues: this.queues,
      offsets: this.offsets,
      stats: this.stats,
      startTimestamp: () => this.#startTimestamp,
      rebalanceSoon: () => this.rebalanceSoon(),
      consumeDirectly: setup.consumeDirectly,
    });
    this.#watch = setup.watch ?? {};
    this.#watched = {
      client,
      group: this.group,
      events: this.events,
      stats: this.stats,
      held: () => this.queues.held(),
      consumed: (queue) => this.offsets.peek(queue),
      committed: (queue) => this.offsets.fetch(queue),
    };
  }

  get started(): boolean {
    return this.#starting !== undefined;
  }

  /** @throws ClientClosedError */
  mustBeOpen(): void {
    if (this.#closing !== undefined) throw new ClientClosedError('the consumer');
  }

  /** Joins the group; `isRebalanced: false` leaves it to the caller which queues are held. */
  async start({ isRebalanced = true } = {}): Promise<void> {
    this.mustBeOpen();
    this.#starting ??= this.#start(isRebalanced);
    try {
      await this.#starting;
    } catch (error) {
      // It may be started again when what was refused has changed.
      this.#starting = undefined;
      throw error;
    }
  }

  /** Subscribes, or changes what is selected. @throws InvalidArgumentError, SubscriptionRefusedError: all is as before */
  async subscribe(topic: string, expression?: FilterExpression): Promise<void> {
    this.mustBeOpen();
    const { before, now } = this.subscriptions.add(topic, expression);
    if (!this.started) return;
    await this.client.routes.refreshAll(this.client.topics());
    try {
      await checkSubscriptions(this.client, this.group, [now]);
    } catch (error) {
      this.subscriptions.restore(now.topic, before);
      throw error;
    }
    await this.#subscriptionsChanged();
    this.queues.interrupt(now.topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.mustBeOpen();
    if (this.subscriptions.remove(topic) && this.started) await this.#subscriptionsChanged();
  }

  /** How far behind this member is on the queues that it has. */
  lag(): Promise<QueueLag[]> {
    return lagOf(this.#watched);
  }

  rebalanceSoon(): void {
    if (this.#isRebalanced) this.#rebalancer.soon();
  }

  pause(): void {
    this.#paused = true;
    this.queues.interrupt();
  }

  resume(): void {
    this.#paused = false;
    this.queues.wake();
  }

  /** Ends everything in order; what is not done after `timeoutMs` is told that nobody waits for it. `last` still has the client. */
  async close(timeoutMs: number, last?: (remainingMs: number) => Promise<void> | undefined): Promise<void> {
    this.#closing ??= this.#close(timeoutMs, last);
    await this.#closing;
  }

  async #start(isRebalanced: boolean): Promise<void> {
    const { isBroadcast, isLite, isOrderly, persistOffsetsIntervalMs } = this.options;
    this.#isRebalanced = isRebalanced;
    if (!isBroadcast && !isLite) this.subscriptions.addInternal(retryTopicOf(this.group), '*');
    this.offsets.load();
    this.client.register(this.#member);
    this.#startTimestamp = this.client.ports.clock.now();
    await this.client.routes.refreshAll(this.client.topics());
    const unreachable = await this.client.routes.whyUnreachable(this.client.topics());
    if (unreachable !== undefined) this.events.emit('error', { what: 'start', error: unreachable });
    try {
      await checkSubscriptions(this.client, this.group, this.subscriptions.all);
    } catch (error) {
      await this.client.unregister(this.#member);
      throw error;
    }
    await this.client.heartbeat();
    this.#every(persistOffsetsIntervalMs, () => this.queues.persist());
    this.#every(CLEAN_UP_INTERVAL_MS, async () => {
      this.consumption.cleanUp();
      if (this.#isRebalanced) await this.queues.releaseIdle();
    });
    watchConsumer(this.#watched, this.#watch, (intervalMs, work) => this.#every(intervalMs, work));
    if (isOrderly) this.#every(LOCK_INTERVAL_MS, () => this.queues.lockAll());
    if (!isRebalanced) return;
    await this.#rebalancer.rebalance();
    this.#rebalancing = this.#rebalancer.run();
    this.#rebalancing.catch((error: unknown) => this.#bug('rebalancing', error));
  }

  async #close(timeoutMs: number, last?: (remainingMs: number) => Promise<void> | undefined): Promise<void> {
    const { clock } = this.client.ports;
    const endMs = clock.monotonicMs() + timeoutMs;
    await this.#starting?.catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error;
    });
    for (const timer of this.#timers) timer.cancel();
    this.#lifetime.end();
    this.queues.stopPulling();
    await this.#rebalancing;
    if (!(await settledWithin(clock, this.consumption.drain(), endMs - clock.monotonicMs()))) {
      this.consumption.abandon(new ClientClosedError('the consumer'));
    }
    await this.queues.close();
    this.#stopForwarding();
    await last?.(endMs - clock.monotonicMs());
    await this.client.unregister(this.#member);
    if (this.#ownsClient) await this.client.close();
  }

  async #subscriptionsChanged(): Promise<void> {
    await this.client.routes.refreshAll(this.client.topics());
    await this.client.heartbeat();
    this.rebalanceSoon();
  }

  #every(intervalMs: number, work: () => Promise<void>): void {
    const { clock } = this.client.ports;
    const run = (): void => {
      work().catch((error: unknown) => this.#bug('upkeep', error));
    };
    this.#timers.push(clock.setRepeating(intervalMs, run, { background: true }));
  }

  #bug(what: string, error: unknown): void {
    this.client.options.logger.error(`${what} of a consumer failed`, { group: this.group, error });
  }

  #makeQueues(): HeldQueues<T> {
    return new HeldQueues<T>({
      client: this.client,
      options: this.options,
      subscriptions: this.subscriptions,
      offsets: this.offsets,
      pullApi: new PullApi(this.client, this.group, this.messageSource),
      consumption: () => this.consumption,
      locks: new QueueLocks(this.client, this.group),
      lifetime: this.#lifetime,
      isPaused: () => this.#paused,
      rebalanceSoon: () => this.rebalanceSoon(),
      onPulled: (topic, count, tookMs) => this.stats.pulled(topic, count, tookMs),
      onError: (error) => this.events.emit('error', { what: 'pull', error }),
    });
  }
}

function checkGroup(group: string): void {
  const problem = checkClientGroup(group);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  if (group === PredefinedGroup.DEFAULT_CONSUMER) {
    throw new InvalidArgumentError(`consumerGroup can not equal ${group}, please specify another one.`);
  }
}
