/** Where the queues of topics are in the whole cluster, asked of the name servers and kept for a while. */
import { type Clock, isReadable, type MessageQueue } from '@rocketmq-ts/common';
import {
  GET_ROUTEINFO_BY_TOPIC,
  type RemotingClient,
  RemotingError,
  ResponseCode,
  TopicRouteData,
} from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config.js';
import { nameServerAddresses } from '../name-server-registration.js';

export interface TopicRouteInfoParts {
  readonly config: Pick<BrokerConfig, 'loadBalancePollNameServerInterval' | 'namesrvAddr'>;
  readonly clock: Clock;
  readonly client: Pick<RemotingClient, 'invoke'>;
}

interface Known {
  readonly queues: Promise<readonly MessageQueue[] | undefined>;
  readonly askedMs: number;
}

const MAX_TOPICS = 10_000;
const TIMEOUT_MS = 3000;

/** Source: TopicRouteInfoManager. */
export class TopicRouteInfo {
  readonly #parts: TopicRouteInfoParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: TopicRouteInfoParts) {
    this.#parts = parts;
  }

  /** The readable queues of a topic on all brokers; undefined when no name server knows it. */
  queuesOf(topic: string): Promise<readonly MessageQueue[] | undefined> {
    const nowMs = this.#parts.clock.now();
    const known = this.#known.get(topic);
    if (known !== undefined && nowMs - known.askedMs < this.#parts.config.loadBalancePollNameServerInterval) {
      return known.queues;
    }
    const queues = this.#ask(topic);
    this.#known.delete(topic);
    this.#known.set(topic, { queues, askedMs: nowMs });
    if (this.#known.size > MAX_TOPICS) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    return queues;
  }

  async #ask(topic: string): Promise<readonly MessageQueue[] | undefined> {
    const { client, config } = this.#parts;
    for (const address of nameServerAddresses(config.namesrvAddr)) {
      try {
        const header = { topic, acceptStandardJsonOnly: true };
        const response = await client.invoke(address, GET_ROUTEINFO_BY_TOPIC, header, { timeoutMs: TIMEOUT_MS });
        if (response.code === ResponseCode.SUCCESS) return readableQueues(topic, TopicRouteData.decode(response.body));
        break;
      } catch (error) {
        // The next name server may answer.
        if (!(error instanceof RemotingError)) throw error;
      }
    }
    this.#known.delete(topic);
    return undefined;
  }
}

function readableQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  return route.queueDatas
    .filter(({ perm }) => isReadable(perm))
    .flatMap(({ brokerName, readQueueNums }) =>
      Array.from({ length: readQueueNums }, (_, queueId) => ({ topic, brokerName, queueId })),
    );
}
