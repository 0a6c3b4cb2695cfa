/** Finds messages by key and by id. */
import {
  decodeMessage,
  decodeMessageId,
  decodeMessages,
  isMessageId,
  MessageConst,
  type MessageExt,
} from '@rocketmq-ts/common';
import {
  type ExtFields,
  QUERY_MESSAGE,
  RemotingConnectError,
  ResponseCode,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError, BrokerNotFoundError } from '../errors.js';

/** Which of the messages with a key. */
export interface QueryOptions {
  /** Default: 64. */
  readonly maxMessages?: number;
  /** ms since the epoch. Default: the beginning. */
  readonly beginMs?: number;
  /** ms since the epoch. Default: the end. */
  readonly endMs?: number;
}

const QUERY_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_MESSAGES = 64;
const UNIQUE_KEY_QUERY: ExtFields = { _UNIQUE_KEY_QUERY: 'true' };

/** Source: MQAdminImpl#queryMessage, #viewMessage. */
export class MessageFinder {
  readonly #client: ClientInstance;

  constructor(client: ClientInstance) {
    this.#client = client;
  }

  /** Messages of a topic that have the key, oldest first. @throws TopicNotFoundError, BrokerError */
  async byKey(topic: string, key: string, options: QueryOptions = {}): Promise<readonly MessageExt[]> {
    const found = await this.#query(topic, key, options, undefined);
    // The index knows hashes only: others may have the same.
    return found.filter(({ properties }) => {
      return properties.get(MessageConst.PROPERTY_KEYS)?.split(' ').includes(key);
    });
  }

  /** The message with this id, unique or offset; undefined when there is none. */
  async byId(topic: string, id: string): Promise<MessageExt | undefined> {
    const options = { maxMessages: 32 };
    const byUniqueId = await this.#query(topic, id, options, UNIQUE_KEY_QUERY);
    const found = byUniqueId.find(
      ({ properties }) => properties.get(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX) === id,
    );
    return found ?? (isMessageId(id) ? this.#view(topic, id) : undefined);
  }

  async #query(
    topic: string,
    key: string,
    options: QueryOptions,
    ext: ExtFields | undefined,
  ): Promise<readonly MessageExt[]> {
    await this.#client.compressors.loadAll();
    const { brokers } = await this.#client.routes.get(topic);
    const found = await Promise.all(
      [...brokers.keys()].map((name) => this.#queryBroker(name, topic, key, options, ext)),
    );
    return found.flat().sort((a, b) => a.storeTimestamp - b.storeTimestamp);
  }

  async #queryBroker(
    brokerName: string,
    topic: string,
    key: string,
    { maxMessages = DEFAULT_MAX_MESSAGES, beginMs = 0, endMs = Number.MAX_SAFE_INTEGER }: QueryOptions,
    ext: ExtFields | undefined,
  ): Promise<readonly MessageExt[]> {
    const broker = this.#client.routes.addressOf(brokerName);
    if (broker === undefined) throw new BrokerNotFoundError(brokerName);
    const header = { topic, key, maxNum: maxMessages, beginTimestamp: beginMs, endTimestamp: endMs };
    const options = { timeoutMs: QUERY_TIMEOUT_MS, ext };
    const answer = await this.#client.remoting.invoke(broker.address, QUERY_MESSAGE, header, options);
    if (answer.code === ResponseCode.QUERY_NOT_FOUND || answer.body === undefined) return [];
    if (answer.code !== ResponseCode.SUCCESS) {
      throw new BrokerError(answer.code, answer.remark, answer.address, `query of key '${key}' in topic '${topic}'`);
    }
    const { messages, error } = decodeMessages(Buffer.from(answer.body), {
      compressorOf: this.#client.compressors.get,
    });
    if (error !== undefined) throw error;
    for (const message of messages) message.brokerName = brokerName;
    return messages;
  }

  /** The message at the place that an offset message id names. */
  async #view(topic: string, id: string): Promise<MessageExt | undefined> {
    const { host, offset } = decodeMessageId(id);
    try {
      const timeoutMs = QUERY_TIMEOUT_MS;
      const header = { topic, offset };
      const answer = await this.#client.remoting.invoke(host.toString(), VIEW_MESSAGE_BY_ID, header, { timeoutMs });
      if (answer.code !== ResponseCode.SUCCESS || answer.body === undefined) return undefined;
      return decodeMessage(Buffer.from(answer.body), 0, { compressorOf: this.#client.compressors.get });
    } catch (error) {
      // A unique id looks like an offset message id, and then names no broker.
      if (error instanceof RemotingConnectError) return undefined;
      throw error;
    }
  }
}
