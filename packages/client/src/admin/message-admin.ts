/** Stored messages: found by id or key, or read queue by queue without a consumer. */
import {
  Compressors,
  decodeMessageId,
  decodeMessages,
  IndexType,
  isMessageId,
  KEY_SEPARATOR,
  MessageConst,
  type MessageExt,
  MessageFormatError,
  type MessageQueue,
  MessageSysFlag,
  PredefinedGroup,
  PullSysFlag,
} from '@rocketmq-ts/common';
import {
  type HeaderInit,
  PULL_MESSAGE,
  QUERY_CONSUME_QUEUE,
  QUERY_MESSAGE,
  QueryConsumeQueueResponseBody,
  type QueryMessageRequestHeader,
  RESUME_CHECK_HALF_MESSAGE,
  ResponseCode,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/remoting';
import { PULL_STATUS_OF, type PullStatus } from '../consumer/pull-api.js';
import { BrokerError } from '../errors.js';
import { AdminNotFoundError, hasCode } from './admin-errors.js';
import type { AdminTransport } from './admin-transport.js';
import { brokerAddressOf } from './cluster.js';
import type { NameServerAdmin } from './name-server-admin.js';

/** A search through the index of the brokers. */
export interface KeyQuery {
  readonly topic: string;
  readonly key: string;
  readonly maxNum: number;
  /** Oldest and newest store time, ms since the epoch. */
  readonly begin: number;
  readonly end: number;
  /** `K` key, `T` tag, `U` unique id. */
  readonly indexType: 'K' | 'T' | 'U';
  /** Where the page before ended. */
  readonly lastKey?: string | undefined;
  /** Only brokers of this cluster. */
  readonly clusterName?: string | undefined;
}

/** What one pull brought; `nextBeginOffset` is where to go on, whatever the status. */
export interface PullResult {
  readonly status: PullStatus;
  readonly messages: readonly MessageExt[];
  readonly nextBeginOffset: number;
}

/** The oldest message that is looked for by unique id. */
const UNIQUE_ID_WINDOW_MS = 3 * 24 * 60 * 60 * 1000;

export class MessageAdmin {
  readonly #transport: AdminTransport;
  readonly #nameServer: NameServerAdmin;
  readonly #compressors = new Compressors();

  constructor(transport: AdminTransport, nameServer: NameServerAdmin) {
    this.#transport = transport;
    this.#nameServer = nameServer;
  }

  /**
   * Finds a message by its offset id, or by its unique id among the messages before `now`.
   *
   * @throws AdminNotFoundError NO_MESSAGE
   */
  async byId(
    topic: string,
    id: string,
    options: { readonly now: number; readonly clusterName?: string | undefined },
  ): Promise<MessageExt> {
    const direct = isMessageId(id) ? await this.byOffsetId(topic, id) : undefined;
    if (direct !== undefined) return direct;
    const begin = options.now - UNIQUE_ID_WINDOW_MS;
    const query = { topic, key: id, maxNum: 32, begin, end: Number.MAX_SAFE_INTEGER, indexType: IndexType.UNIQUE };
    return (await this.query({ ...query, clusterName: options.clusterName }))[0]!;
  }

  /** The message at the place that an offset id names; undefined when there is none. */
  async byOffsetId(topic: string, id: string): Promise<MessageExt | undefined> {
    try {
      const { host, offset } = placeOf(id);
      const response = await this.#transport.call(host, VIEW_MESSAGE_BY_ID, { topic, offset });
      return (await this.#decode(response.body))[0];
    } catch (error) {
      // Unique ids look like offset ids: then there is no place of that name, no broker there, or no message.
      if (error instanceof MessageFormatError || error instanceof BrokerError || isConnectError(error))
        return undefined;
      throw error;
    }
  }

  /** @throws AdminNotFoundError NO_MESSAGE when nothing fits */
  async query(query: KeyQuery): Promise<MessageExt[]> {
    const { topic, key, clusterName, begin, end, ...rest } = query;
    const isLmq = topic.startsWith('%LMQ%') && clusterName !== undefined;
    const header = {
      ...rest,
      topic: isLmq ? clusterName : topic,
      key,
      beginTimestamp: begin,
      endTimestamp: end,
      uniqueKeyQuery: query.indexType === IndexType.UNIQUE,
    };
    const route = await this.#nameServer.topicRoute(this.#nameServer.routeTopicOf(topic, clusterName));
    const found: MessageExt[] = [];
    for (const broker of route.brokerDatas) {
      if (!isLmq && clusterName !== undefined && broker.cluster !== clusterName) continue;
      const address = brokerAddressOf(broker);
      if (address === undefined) continue;
      found.push(...(await this.#queryOne(address, header)).filter((message) => isMatch(message, query)));
    }
    if (found.length === 0)
      throw new AdminNotFoundError(ResponseCode.NO_MESSAGE, `no message of topic '${topic}' with key '${key}'`);
    return found;
  }

  async #queryOne(address: string, header: HeaderInit<typeof QueryMessageRequestHeader>): Promise<MessageExt[]> {
    try {
      const timeoutMs = this.#transport.timeoutMs * 3;
      return await this.#decode((await this.#transport.call(address, QUERY_MESSAGE, header, { timeoutMs })).body);
    } catch (error) {
      if (hasCode(error, ResponseCode.QUERY_NOT_FOUND)) return [];
      throw error;
    }
  }

  /** Reads messages of a queue from an offset on, once, without waiting; `tags` are of the form `TagA || TagB` or `*`. */
  async pull(
    address: string,
    queue: MessageQueue,
    options: {
      readonly offset: number;
      readonly maxNum: number;
      readonly tags: string;
      readonly group?: string | undefined;
    },
  ): Promise<PullResult> {
    const { offset, maxNum, tags } = options;
    const response = await this.#transport.ask(address, PULL_MESSAGE, {
      consumerGroup: options.group ?? PredefinedGroup.TOOLS_CONSUMER,
      topic: queue.topic,
      queueId: queue.queueId,
      queueOffset: offset,
      maxMsgNums: maxNum,
      sysFlag: PullSysFlag.SUBSCRIPTION,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: tags,
      subVersion: 0,
      expressionType: 'TAG',
      bname: queue.brokerName,
    });
    const status = PULL_STATUS_OF.get(response.code);
    if (status === undefined) throw new BrokerError(response.code, response.remark, address, 'PULL_MESSAGE');
    const { nextBeginOffset, minOffset, maxOffset } = response.header();
    const pulled = status === 'FOUND' ? await this.#decode(response.body) : [];
    const messages = pulled.filter((message) => hasTag(message, tags));
    for (const message of messages) {
      message.brokerName = queue.brokerName;
      message.properties.set(MessageConst.PROPERTY_MIN_OFFSET, String(minOffset));
      message.properties.set(MessageConst.PROPERTY_MAX_OFFSET, String(maxOffset));
    }
    return {
      status: status === 'FOUND' && messages.length === 0 ? 'NO_MATCHED_MSG' : status,
      messages,
      nextBeginOffset,
    };
  }

  /** Has the broker check a half message again that it gave up; `offsetMessageId` names it. */
  async resumeCheck(topic: string, offsetMessageId: string): Promise<void> {
    const { host } = placeOf(offsetMessageId);
    await this.#transport.call(host, RESUME_CHECK_HALF_MESSAGE, { topic, msgId: offsetMessageId });
  }

  /** Entries of a consume queue, and what the filter of a group makes of them. */
  async consumeQueue(
    address: string,
    header: {
      readonly topic: string;
      readonly queueId: number;
      readonly index: number;
      readonly count: number;
      readonly consumerGroup?: string | undefined;
    },
  ): Promise<QueryConsumeQueueResponseBody> {
    return QueryConsumeQueueResponseBody.decode(
      (await this.#transport.call(address, QUERY_CONSUME_QUEUE, header)).body,
    );
  }

  async #decode(body: Buffer | undefined): Promise<MessageExt[]> {
    if (body === undefined) return [];
    const decode = (): ReturnType<typeof decodeMessages> =>
      decodeMessages(body, { compressorOf: this.#compressors.get });
    let decoded = decode();
    if (decoded.messages.some(({ sysFlag }) => (sysFlag & MessageSysFlag.COMPRESSED) !== 0)) {
      await this.#compressors.loadAll();
      decoded = decode();
    }
    if (decoded.error !== undefined) throw decoded.error;
    return decoded.messages;
  }
}

function isConnectError(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'REMOTING_CONNECT' || error.code === 'REMOTING_TIMEOUT')
  );
}

function placeOf(id: string): { host: string; offset: number } {
  const { host, offset } = decodeMessageId(id);
  return { host: host.toString(), offset };
}

/** The id that the client gave a message; the offset id of messages without one. */
export function uniqueIdOf(message: MessageExt): string {
  return message.properties.get(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX) ?? message.msgId;
}

/** The tags as the producer gave them; undefined without any. */
export function tagsOf(message: MessageExt): string | undefined {
  return message.properties.get(MessageConst.PROPERTY_TAGS);
}

/** The keys as the producer gave them, separated by spaces; undefined without any. */
export function keysOf(message: MessageExt): string | undefined {
  return message.properties.get(MessageConst.PROPERTY_KEYS);
}

/** The index finds by hash: what does not really fit is dropped. */
function isMatch(message: MessageExt, { topic, key, indexType }: KeyQuery): boolean {
  if (indexType === IndexType.UNIQUE) return uniqueIdOf(message) === key;
  if (!topic.startsWith('%LMQ%') && message.topic !== topic) return false;
  if (indexType === IndexType.TAG) return tagsOf(message) === key;
  return keysOf(message)?.split(KEY_SEPARATOR).includes(key) ?? false;
}

/** Brokers filter tags by hash: what does not really fit is dropped. */
function hasTag(message: MessageExt, tags: string): boolean {
  if (tags.trim() === '*' || tags.trim() === '') return true;
  const wanted = tags.split('||').map((tag) => tag.trim());
  return wanted.includes(tagsOf(message) ?? '');
}
