/** Offsets of queues and groups: reading, committing, resetting. */
import { type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import {
  CLONE_GROUP_OFFSET,
  GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  GetConsumerStatusBody,
  INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
  INVOKE_BROKER_TO_RESET_OFFSET,
  QUERY_CONSUME_TIME_SPAN,
  QUERY_CONSUMER_OFFSET,
  QueryConsumeTimeSpanBody,
  type QueueTimeSpan,
  ResetOffsetBody,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/remoting';
import { BrokerError } from '../errors.js';
import { type Moment, momentMs } from '../moment.js';
import { hasCode } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';
import { brokerAddressOf } from './cluster.js';
import type { GroupAdmin } from './group-admin.js';
import type { NameServerAdmin } from './name-server-admin.js';
import type { TopicAdmin } from './topic-admin.js';

/** What a reset without the help of the consumers did to one queue. Source: RollbackStats. */
export interface RollbackStats {
  readonly brokerName: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  /** The offset that belongs to the wanted time. */
  readonly timestampOffset: number;
  /** The offset that the group has now. */
  readonly rollbackOffset: number;
}

/** A reset of all queues of a topic. */
export interface ResetRequest {
  readonly group: string;
  readonly topic: string;
  /** Store time, ms since the epoch; -1 for the end. */
  readonly timestamp: number;
  /** Also forward. */
  readonly force: boolean;
  /** Finds the brokers of light queues. */
  readonly clusterName?: string | undefined;
}

/** Brokers of the 4.x line fail when they do not know the language of whoever resets, and they know no NODE_JS. */
const LANGUAGE = 'OTHER';

/** A time that says "the newest" to a reset. */
export const NEWEST = -1;

/** Where a group goes on: the oldest messages, after the newest, or the first stored at a time (ms since the epoch). */
export type ResetPosition = 'begin' | 'end' | Moment;

/** The time that a reset names. @throws InvalidArgumentError */
export function resetTimestampOf(position: ResetPosition): number {
  if (position === 'begin') return 0;
  if (position === 'end') return NEWEST;
  return momentMs("a reset goes to 'begin', 'end' or a moment", position);
}

export class OffsetAdmin {
  readonly #transport: AdminTransport;
  readonly #nameServer: NameServerAdmin;
  readonly #groups: GroupAdmin;
  readonly #topics: TopicAdmin;

  constructor(
    transport: AdminTransport,
    parts: { nameServer: NameServerAdmin; groups: GroupAdmin; topics: TopicAdmin },
  ) {
    this.#transport = transport;
    this.#nameServer = parts.nameServer;
    this.#groups = parts.groups;
    this.#topics = parts.topics;
  }

  async maxOffset(address: string, { topic, queueId }: MessageQueue): Promise<number> {
    return (await this.#transport.call(address, GET_MAX_OFFSET, { topic, queueId })).header().offset;
  }

  async minOffset(address: string, { topic, queueId }: MessageQueue): Promise<number> {
    return (await this.#transport.call(address, GET_MIN_OFFSET, { topic, queueId })).header().offset;
  }

  /** The queue offset that belongs to a store time. */
  async searchOffset(address: string, { topic, queueId }: MessageQueue, timestamp: number): Promise<number> {
    const header = { topic, queueId, timestamp };
    return (await this.#transport.call(address, SEARCH_OFFSET_BY_TIMESTAMP, header)).header().offset;
  }

  /** When the oldest message of a queue was stored, ms since the epoch. */
  async earliestStoreTime(address: string, { topic, queueId }: MessageQueue): Promise<number> {
    return (await this.#transport.call(address, GET_EARLIEST_MSG_STORETIME, { topic, queueId })).header().timestamp;
  }

  /** The committed offset; undefined when the group has none for this queue. */
  async consumerOffset(
    address: string,
    consumerGroup: string,
    { topic, queueId }: MessageQueue,
  ): Promise<number | undefined> {
    try {
      const header = { consumerGroup, topic, queueId };
      return (await this.#transport.call(address, QUERY_CONSUMER_OFFSET, header)).header().offset;
    } catch (error) {
      if (hasCode(error, ResponseCode.QUERY_NOT_FOUND)) return undefined;
      throw error;
    }
  }

  async updateConsumerOffset(
    address: string,
    consumerGroup: string,
    queue: MessageQueue,
    commitOffset: number,
  ): Promise<void> {
    const { topic, queueId, brokerName: bname } = queue;
    await this.#transport.call(address, UPDATE_CONSUMER_OFFSET, { consumerGroup, topic, queueId, commitOffset, bname });
  }

  /** Copies the offsets of a group on one broker; all topics when none is given. */
  async cloneGroup(address: string, header: { srcGroup: string; destGroup: string; topic?: string }): Promise<void> {
    await this.#transport.call(address, CLONE_GROUP_OFFSET, header);
  }

  /** Resets a group with the help of the brokers, which tell its consumers; gives the new offsets. */
  async resetByTimestamp(request: ResetRequest): Promise<ReadonlyMap<MessageQueue, number>> {
    const { group, topic, timestamp, force: isForce, clusterName } = request;
    const offsets = new Map<string, [MessageQueue, number]>();
    for (const address of await this.#brokersOf(topic, clusterName)) {
      const body = await this.#reset(address, { group, topic, timestamp, isForce });
      for (const [queue, offset] of body) offsets.set(messageQueueKey(queue), [queue, offset]);
    }
    return new Map(offsets.values());
  }

  /** As `resetByTimestamp`; when no consumer is online the offsets are just set. Source: DefaultMQAdminExtImpl#resetOffsetNew. */
  async reset(request: ResetRequest): Promise<ReadonlyMap<MessageQueue, number>> {
    try {
      return await this.resetByTimestamp(request);
    } catch (error) {
      const { topic, group } = request;
      if (!isOffline(error, group)) throw error;
      const stats = await this.resetOffline(request);
      return new Map(
        stats.map(({ brokerName, queueId, rollbackOffset }) => [{ topic, brokerName, queueId }, rollbackOffset]),
      );
    }
  }

  /** Sets the offset of one queue and tells the consumers. */
  async resetQueue(address: string, group: string, queue: MessageQueue, offset: number): Promise<void> {
    const { topic, queueId } = queue;
    await this.#transport.call(address, UPDATE_CONSUMER_OFFSET, {
      consumerGroup: group,
      topic,
      queueId,
      commitOffset: offset,
    });
    await this.#reset(address, { group, topic, queueId, offset, timestamp: 0, isForce: true });
  }

  async #reset(
    address: string,
    header: { group: string; topic: string; queueId?: number; offset?: number; timestamp: number; isForce: boolean },
  ): Promise<ReadonlyMap<MessageQueue, number>> {
    const response = await this.#transport.call(address, INVOKE_BROKER_TO_RESET_OFFSET, header, { language: LANGUAGE });
    return response.body === undefined ? new Map() : ResetOffsetBody.decode(response.body).offsetTable;
  }

  /** Resets a group none of whose consumers is online, queue by queue. Source: DefaultMQAdminExtImpl#resetOffsetByTimestampOld. */
  async resetOffline(request: ResetRequest): Promise<RollbackStats[]> {
    const { group, topic, clusterName } = request;
    const route = await this.#nameServer.topicRoute(this.#nameServer.routeTopicOf(topic, clusterName));
    const results: RollbackStats[] = [];
    for (const broker of route.brokerDatas) {
      const address = brokerAddressOf(broker);
      if (address === undefined) continue;
      const consumed = [...(await this.#groups.consumeStatsOfBroker(address, group)).offsetTable];
      const known = consumed.filter(([queue]) => queue.topic === topic);
      const queues = known.length > 0 ? known : await this.#neverConsumed(address, topic);
      for (const [queue, offsets] of queues) results.push(await this.#resetOne(address, queue, offsets, request));
    }
    return results;
  }

  async #neverConsumed(address: string, topic: string): Promise<[MessageQueue, QueueOffsets][]> {
    const { offsetTable } = await this.#topics.statsOfBroker(address, topic);
    return [...offsetTable].map(([queue, { minOffset, maxOffset }]) => [
      queue,
      { brokerOffset: maxOffset, consumerOffset: minOffset },
    ]);
  }

  async #resetOne(
    address: string,
    queue: MessageQueue,
    offsets: QueueOffsets,
    request: ResetRequest,
  ): Promise<RollbackStats> {
    const { group, timestamp, force } = request;
    const { brokerOffset, consumerOffset } = offsets;
    const timestampOffset =
      timestamp === NEWEST ? await this.maxOffset(address, queue) : await this.searchOffset(address, queue, timestamp);
    const moves = force || timestampOffset <= consumerOffset;
    if (moves) await this.updateConsumerOffset(address, group, queue, timestampOffset);
    const rollbackOffset = moves ? timestampOffset : consumerOffset;
    const { brokerName, queueId } = queue;
    return { brokerName, queueId, brokerOffset, consumerOffset, timestampOffset, rollbackOffset };
  }

  /** The oldest, the newest and the last consumed message time of each queue. */
  async consumeTimeSpan(topic: string, group: string): Promise<readonly QueueTimeSpan[]> {
    const spans: QueueTimeSpan[] = [];
    for (const address of await this.#brokersOf(topic, undefined)) {
      const response = await this.#transport.call(address, QUERY_CONSUME_TIME_SPAN, { topic, group });
      spans.push(...QueryConsumeTimeSpanBody.decode(response.body).consumeTimeSpanSet);
    }
    return spans;
  }

  /** How far the online clients of a group are, by client id. */
  async consumerStatus(
    topic: string,
    group: string,
    clientAddr?: string,
  ): Promise<GetConsumerStatusBody['consumerTable']> {
    const [address] = await this.#brokersOf(topic, undefined);
    if (address === undefined) return new Map();
    const header = { topic, group, clientAddr: clientAddr ?? '' };
    const response = await this.#transport.call(address, INVOKE_BROKER_TO_GET_CONSUMER_STATUS, header);
    return GetConsumerStatusBody.decode(response.body).consumerTable;
  }

  async #brokersOf(topic: string, clusterName: string | undefined): Promise<string[]> {
    const route = await this.#nameServer.topicRoute(this.#nameServer.routeTopicOf(topic, clusterName));
    return route.brokerDatas.map(brokerAddressOf).filter((address) => address !== undefined);
  }
}

/** No member of the group is there to be told, or none ever was: brokers have no code of its own for that. */
function isOffline(error: unknown, group: string): boolean {
  if (hasCode(error, ResponseCode.CONSUMER_NOT_ONLINE)) return true;
  return error instanceof BrokerError && (error.remark ?? '').includes(`consumer group <${group}> not exist`);
}

interface QueueOffsets {
  readonly brokerOffset: number;
  readonly consumerOffset: number;
}
