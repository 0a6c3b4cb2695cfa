/** Which queue the next message goes to: round robin, around the brokers that had better be avoided. */
import type { MessageQueue, Random } from '@rocketmq-ts/common';
import type { TopicRoute } from '../route/topic-route.js';
import type { LatencyFaultTolerance } from './latency-fault-tolerance.js';

/** One per topic. Source: TopicPublishInfo#selectOneMessageQueue, MQFaultStrategy#selectOneMessageQueue. */
export class QueueRotation {
  #next: number;

  constructor(random: Random) {
    this.#next = random.nextInt(1 << 16);
  }

  /**
   * The next queue; `route` has at least one. `lastBroker` has just failed and
   * is not taken again while there is another; `faults` tells who else to avoid.
   */
  next(route: TopicRoute, lastBroker?: string, faults?: LatencyFaultTolerance): MessageQueue {
    const { publishQueues } = route;
    const count = publishQueues.length;
    let slow: MessageQueue | undefined;
    let lost: MessageQueue | undefined;
    for (let tries = 0; tries < count; tries++) {
      const queue = publishQueues[this.#advance() % count]!;
      if (queue.brokerName === lastBroker) continue;
      if (faults === undefined || faults.isAvailable(queue.brokerName)) return queue;
      if (faults.lost.has(queue.brokerName)) lost ??= queue;
      else slow ??= queue;
    }
    return slow ?? lost ?? publishQueues[this.#advance() % count]!;
  }

  #advance(): number {
    this.#next = (this.#next + 1) & 0x7fff_ffff;
    return this.#next;
  }
}
