/** The pull consumer of the remoting protocol: messages are asked for, in a loop or one poll at a time. */
import { type MessageQueue, withoutNamespace, wrapNamespace } from '@rocketmq-ts/common';
import type { CloseOptions, FilterExpression, MessageConsumer } from '../api.js';
import { notNegative, positive } from '../client-options.js';
import { InvalidArgumentError } from '../errors.js';
import { momentMs } from '../moment.js';
import type { ConsumerEvents, QueueLag } from '../observe/client-events.js';
import { consumerObservers } from '../observe/consumer-observers.js';
import type { Listener, Observable } from '../observe/events.js';
import type { TraceDispatcher } from '../observe/message-trace/trace-dispatcher.js';
import type { ClientPorts } from '../ports.js';
import { averageAllocation } from './allocate/averaging.js';
import { maxOffsetOf, minOffsetOf, searchOffsetOf } from './broker-calls.js';
import { ConsumerCore } from './consumer-core.js';
import { consumptionEvents } from './consumption-events.js';
import type { LitePullConsumerOptions, PollOptions, SeekPosition } from './lite-pull-consumer-options.js';
import { PolledConsumption, type PolledOptions } from './polled-consumption.js';
import { type PullOptions, resolvePullOptions } from './push-consumer-options.js';
import type { ReceivedMessage } from './received-message.js';
import { checkedConsumeFrom } from './start-offset.js';

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;
const DEFAULT_POLL_TIMEOUT_MS = 5000;
const DEFAULT_POLL_SIZE = 10;
/** Source: DefaultLitePullConsumer#pullThresholdForAll. */
const DEFAULT_TOTAL_THRESHOLD = 10_000;
/** How long the loop of `for await` sleeps at most before it looks whether the consumer is closed. */
const LOOP_POLL_MS = 60_000;

/**
 * Messages are fetched ahead and given when asked for.
 *
 * ```ts
 * await using consumer = new LitePullConsumer({ nameServers: '127.0.0.1:9876', group: 'audit', subscriptions: { Orders: '*' } });
 * for await (const message of consumer) console.log(message.body.toString());
 * ```
 *
 * A message of the loop is acknowledged when the body has ended well and the
 * loop asks for the next; after a `break` or an error it is given again.
 * Source: DefaultLitePullConsumer.
 */
export class LitePullConsumer<T = Buffer>
  implements MessageConsumer, AsyncIterable<ReceivedMessage<T>>, Observable<ConsumerEvents>
{
  readonly #core: ConsumerCore<T>;
  readonly #polled: PolledConsumption<T>;
  readonly #traces: TraceDispatcher | undefined;
  readonly #autoCommit: boolean;
  #mode: 'none' | 'subscribe' | 'assign' = 'none';
  #closed = false;

  /** `ports` are for tests. @throws InvalidArgumentError */
  constructor(options: LitePullConsumerOptions<T>, ports?: ClientPorts) {
    this.#autoCommit = options.autoCommit ?? true;
    let polled: PolledConsumption<T> | undefined;
    let given: PolledOptions<T>['given'] | undefined;
    this.#core = new ConsumerCore<T>({
      source: options,
      ports,
      group: options.group,
      codec: options.codec,
      options: {
        isBroadcast: options.model === 'broadcasting',
        isOrderly: false,
        isLite: true,
        concurrency: 1,
        consumeFrom: checkedConsumeFrom(options.consumeFrom),
        allocation: options.allocation ?? averageAllocation,
        persistOffsetsIntervalMs: positive('persistOffsetsIntervalMs', options.persistOffsetsIntervalMs, 5000),
        rebalanceIntervalMs: positive('rebalanceIntervalMs', options.rebalanceIntervalMs, 20_000),
        pull: resolvePullOptions(pullOptionsOf(options), false),
      },
      consumption: (core) => {
        polled = new PolledConsumption<T>({
          clock: core.client.ports.clock,
          events: consumptionEvents(core),
          given: (message) => given?.(message),
        });
        return polled;
      },
      consumeDirectly: async () => undefined,
      watch: options,
    });
    this.#polled = polled!;
    const { client, group } = this.#core;
    const { observed, traces } = consumerObservers({ client, group, model: options.model ?? 'clustering' }, options);
    given = (message) => observed.given(message);
    this.#traces = traces;
    for (const [topic, expression] of Object.entries(options.subscriptions ?? {})) {
      this.#mode = 'subscribe';
      this.#core.subscriptions.add(topic, expression);
    }
  }

  /** With its namespace, as brokers know it. */
  get group(): string {
    return this.#core.group;
  }

  /** The queues that are read now. */
  get assignment(): readonly MessageQueue[] {
    return this.#core.queues.held().map((queue) => this.#outward(queue));
  }

  /** Shares the topic with the other members of the group. Not together with `assign`. */
  async subscribe(topic: string, expression: FilterExpression = '*'): Promise<void> {
    this.#setMode('subscribe');
    await this.#core.subscribe(topic, expression);
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#core.unsubscribe(topic);
  }

  /** Reads just these queues, whoever else reads them. Not together with `subscribe`. */
  async assign(queues: readonly MessageQueue[]): Promise<void> {
    this.#setMode('assign');
    await this.start();
    const { subscriptions, client } = this.#core;
    for (const { topic } of queues)
      if (subscriptions.of(this.#inwardTopic(topic)) === undefined) subscriptions.add(topic);
    await client.routes.refreshAll(client.topics());
    await client.heartbeat();
    const wanted = queues.map((queue) => this.#inward(queue));
    const held = this.#core.queues.held();
    await this.#core.queues.release(held.filter((queue) => !includes(wanted, queue)));
    await this.#core.queues.acquire(wanted.filter((queue) => !includes(held, queue)));
  }

  /** All queues of a topic, for `assign`. */
  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    const { subscribeQueues } = await this.#core.client.routes.get(this.#inwardTopic(topic));
    return subscribeQueues.map((queue) => this.#outward(queue));
  }

  /** Joins the group; `poll` and loops do it by themselves. @throws ClientClosedError */
  async start(): Promise<void> {
    await this.#core.start({ isRebalanced: this.#mode !== 'assign' });
  }

  /**
   * The next messages; none when none came in time. With `autoCommit` those of
   * the poll before count as consumed now.
   *
   * @throws InvalidArgumentError, ClientClosedError; the signal's reason when aborted
   */
  async poll(options: PollOptions = {}): Promise<ReceivedMessage<T>[]> {
    const { signal } = options;
    const maxMessages = positive('maxMessages', options.maxMessages, DEFAULT_POLL_SIZE);
    const timeoutMs = notNegative('timeoutMs', options.timeoutMs, DEFAULT_POLL_TIMEOUT_MS);
    await this.start();
    signal?.throwIfAborted();
    if (this.#autoCommit) this.#polled.acknowledgeAll();
    return this.#polled.poll(maxMessages, timeoutMs, signal);
  }

  /** This message is consumed; without `autoCommit`. */
  acknowledge(message: ReceivedMessage<T>): void {
    this.#polled.acknowledge(message);
  }

  /** Everything that was polled is consumed, and the brokers are told. */
  async commit(): Promise<void> {
    this.#polled.acknowledgeAll();
    await this.#core.queues.persist();
  }

  /** Goes on at another place of a queue that is read now. @throws InvalidArgumentError when it is not */
  async seek(queue: MessageQueue, position: SeekPosition): Promise<void> {
    await this.start();
    const inward = this.#inward(queue);
    const offset = await this.#offsetOf(inward, position);
    if (this.#core.queues.seek(inward, offset)) return;
    const { topic, brokerName, queueId } = queue;
    throw new InvalidArgumentError(
      `seek: queue ${queueId} of topic '${topic}' on broker '${brokerName}' is not assigned`,
    );
  }

  /** The next offset that the group will consume of a queue; undefined when it has none. */
  async committed(queue: MessageQueue): Promise<number | undefined> {
    return this.#core.offsets.fetch(this.#inward(queue));
  }

  on<K extends keyof ConsumerEvents>(event: K, listener: Listener<ConsumerEvents[K]>): () => void {
    return this.#core.events.on(event, listener);
  }

  off<K extends keyof ConsumerEvents>(event: K, listener: Listener<ConsumerEvents[K]>): void {
    this.#core.events.off(event, listener);
  }

  /** How far behind this member is on each queue that it has; queues whose broker does not answer are left out. */
  async lag(): Promise<readonly QueueLag[]> {
    return (await this.#core.lag()).map((each) => ({ ...each, queue: this.#outward(each.queue) }));
  }

  /** Gives no messages, of these queues or of all, until `resume`. */
  pause(queues?: readonly MessageQueue[]): void {
    if (queues === undefined) this.#core.pause();
    else this.#polled.pause(queues.map((queue) => this.#inward(queue)));
  }

  resume(queues?: readonly MessageQueue[]): void {
    if (queues === undefined) this.#core.resume();
    else this.#polled.resume(queues.map((queue) => this.#inward(queue)));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReceivedMessage<T>, void, undefined> {
    await this.start();
    while (!this.#closed) {
      const message = await this.#polled.next(LOOP_POLL_MS);
      if (message === undefined) continue;
      let isConsumed = false;
      try {
        yield message;
        isConsumed = true;
      } finally {
        if (isConsumed) this.#polled.acknowledge(message);
        else this.#polled.putBack(message);
      }
    }
  }

  /**
   * Waits for the body of a loop that is under way (so a body must not wait for
   * this: it breaks first), commits what is acknowledged and leaves; loops end.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closed = true;
    await this.#core.close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS, (remainingMs) =>
      this.#traces?.close(remainingMs),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #setMode(mode: 'subscribe' | 'assign'): void {
    this.#core.mustBeOpen();
    if (this.#mode !== 'none' && this.#mode !== mode) {
      throw new InvalidArgumentError('a consumer either subscribes to topics or is assigned queues, not both');
    }
    this.#mode = mode;
  }

  #offsetOf(queue: MessageQueue, position: SeekPosition): Promise<number> {
    const { client } = this.#core;
    if (position === 'begin') return minOffsetOf(client, queue);
    if (position === 'end') return maxOffsetOf(client, queue);
    if (typeof position === 'object') return searchOffsetOf(client, queue, momentMs('position', position));
    return Promise.resolve(notNegative('offset', position, 0));
  }

  #inwardTopic(topic: string): string {
    return wrapNamespace(this.#core.client.options.namespace, topic);
  }

  #inward(queue: MessageQueue): MessageQueue {
    return { ...queue, topic: this.#inwardTopic(queue.topic) };
  }

  #outward(queue: MessageQueue): MessageQueue {
    return { ...queue, topic: withoutNamespace(queue.topic, this.#core.client.options.namespace ?? '') };
  }
}

function pullOptionsOf<T>({ pull = {} }: LitePullConsumerOptions<T>): PullOptions {
  return { ...pull, totalThresholdMessages: pull.totalThresholdMessages ?? DEFAULT_TOTAL_THRESHOLD };
}

function includes(queues: readonly MessageQueue[], queue: MessageQueue): boolean {
  return queues.some(
    ({ topic, brokerName, queueId }) =>
      topic === queue.topic && brokerName === queue.brokerName && queueId === queue.queueId,
  );
}
