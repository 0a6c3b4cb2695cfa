/** Tells the members of a group that its membership has changed, and keeps the filters of groups in step with them. */
import type { Clock, Timer } from '@rocketmq-ts/common';
import type { SubscriptionData } from '@rocketmq-ts/filter';
import {
  type Connection,
  codecOf,
  NOTIFY_CONSUMER_IDS_CHANGED,
  NotifyConsumerIdsChangedRequestHeader,
} from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config.js';
import type { ConsumerGroupListener } from './consumer-manager.js';

export interface ConsumerIdsChangeParts {
  readonly config: Pick<BrokerConfig, 'notifyConsumerIdsChangedEnable' | 'realTimeNotifyConsumerChange'>;
  readonly clock: Clock;
  readonly filters: {
    register(group: string, subscriptions: readonly SubscriptionData[]): void;
    unregister(group: string): void;
  };
}

const FIRST_MS = 30_000;
const INTERVAL_MS = 15_000;
const HEADER_CODEC = codecOf(NotifyConsumerIdsChangedRequestHeader);

/** Source: DefaultConsumerIdsChangeListener, Broker2Client#notifyConsumerIdsChanged. */
export class ConsumerIdsChange implements ConsumerGroupListener {
  readonly #parts: ConsumerIdsChangeParts;
  /** Of groups whose members are told later, all together. */
  readonly #later = new Map<string, readonly Connection[]>();
  #timer: Timer | undefined;

  constructor(parts: ConsumerIdsChangeParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(
      FIRST_MS,
      () => {
        this.#tellAll();
        this.#timer = clock.setRepeating(INTERVAL_MS, () => this.#tellAll(), { background: true });
      },
      { background: true },
    );
  }

  stop(): void {
    this.#timer?.cancel();
  }

  membersChanged(group: string, connections: readonly Connection[]): void {
    const { notifyConsumerIdsChangedEnable, realTimeNotifyConsumerChange } = this.#parts.config;
    if (!notifyConsumerIdsChangedEnable) return;
    if (realTimeNotifyConsumerChange) tell(group, connections);
    else this.#later.set(group, connections);
  }

  registered(group: string, subscriptions: readonly SubscriptionData[]): void {
    this.#parts.filters.register(group, subscriptions);
  }

  unregistered(group: string): void {
    this.#later.delete(group);
    this.#parts.filters.unregister(group);
  }

  #tellAll(): void {
    for (const [group, connections] of this.#later) tell(group, connections);
    this.#later.clear();
  }
}

function tell(group: string, connections: readonly Connection[]): void {
  const { code, name } = NOTIFY_CONSUMER_IDS_CHANGED;
  for (const connection of connections) {
    connection.oneway({ code, name, codec: HEADER_CODEC, values: { consumerGroup: group } });
  }
}
