/** One pull request and what comes of it. Knows nothing of loops, caches and flow control. */
import {
  buildPullSysFlag,
  CompressionType,
  type MessageQueue,
  MessageRecord,
  MessageSysFlag,
  messageQueueKey,
  readRecord,
  viewOf,
} from '@rocketmq-ts/common';
import { matchesTagText, type SubscriptionData } from '@rocketmq-ts/filter';
import {
  LITE_PULL_MESSAGE,
  PULL_MESSAGE,
  type PullMessageResponseHeader,
  type RemotingResponse,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import { BrokerError } from '../errors.js';
import { innerRecords } from './inner-batch.js';
import { type MessageSource, ReceivedMessage } from './received-message.js';

/** Source: PullStatus. */
export type PullStatus = 'FOUND' | 'NO_NEW_MSG' | 'NO_MATCHED_MSG' | 'OFFSET_ILLEGAL';

/** Source: PullResult. */
export interface PullResult<T> {
  readonly status: PullStatus;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Those whose tag really is one that was asked for, ascending. */
  readonly messages: readonly ReceivedMessage<T>[];
}

export interface PullRequest {
  readonly queue: MessageQueue;
  readonly offset: number;
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly subscription: SubscriptionData;
  /** How long the broker may keep the request when there is nothing yet. */
  readonly suspendMs: number;
  readonly timeoutMs: number;
  /** Committed on the way; undefined commits nothing. */
  readonly commitOffset: number | undefined;
  /** In the broker's lane of the lite pull consumer. */
  readonly isLite: boolean;
  /** The broker has no subscription of the group to go by, or not this one: use the one in the request. */
  readonly sendSubscription: boolean;
  readonly signal?: AbortSignal;
}

/** Source: PullAPIWrapper. */
export class PullApi<T> {
  readonly #client: ClientInstance;
  readonly #group: string;
  readonly #source: MessageSource<T>;
  /** Broker id to pull a queue from, as its broker suggested. */
  readonly #suggested = new Map<string, number>();
  readonly #record = new MessageRecord();
  /** Brokers of the 4.x line, which have no lane for lite pulls. */
  readonly #withoutLite = new Set<string>();

  constructor(client: ClientInstance, group: string, source: MessageSource<T>) {
    this.#client = client;
    this.#group = group;
    this.#source = source;
  }

  /** @throws BrokerError, BrokerNotFoundError, MessageFormatError and the errors of remoting; the signal's reason */
  async pull(request: PullRequest): Promise<PullResult<T>> {
    const { queue, subscription } = request;
    const { routes, remoting } = this.#client;
    const key = messageQueueKey(queue);
    const { address, isSlave } = await routes.mustAddressOf(queue, this.#suggested.get(key));
    const isCommit = request.commitOffset !== undefined && !isSlave;
    const isLite = request.isLite && !this.#withoutLite.has(address);
    const answer = await remoting.invoke(
      address,
      isLite ? LITE_PULL_MESSAGE : PULL_MESSAGE,
      {
        consumerGroup: this.#group,
        topic: queue.topic,
        queueId: queue.queueId,
        queueOffset: request.offset,
        maxMsgNums: request.maxMessages,
        sysFlag: buildPullSysFlag({
          commitOffset: isCommit,
          suspend: request.suspendMs > 0,
          subscription: request.sendSubscription,
          litePull: request.isLite,
        }),
        commitOffset: request.commitOffset ?? 0,
        suspendTimeoutMillis: request.suspendMs,
        subscription: request.sendSubscription ? subscription.subString : undefined,
        subVersion: subscription.subVersion,
        expressionType: subscription.expressionType,
        maxMsgBytes: request.maxBytes,
        bname: routes.brokerNameOf(queue),
      },
      { timeoutMs: request.timeoutMs, signal: request.signal },
    );
    if (isLite && answer.code === ResponseCode.REQUEST_CODE_NOT_SUPPORTED) {
      this.#withoutLite.add(address);
      return this.pull(request);
    }
    return this.#result(answer, request, key);
  }

  /** Goes back to the master. */
  forget(queue: MessageQueue): void {
    this.#suggested.delete(messageQueueKey(queue));
  }

  async #result(
    answer: RemotingResponse<PullMessageResponseHeader>,
    request: PullRequest,
    key: string,
  ): Promise<PullResult<T>> {
    const status = PULL_STATUS_OF.get(answer.code);
    if (status === undefined) {
      this.#suggested.delete(key);
      const { topic, queueId, brokerName } = request.queue;
      const what = `pull of queue ${queueId} of topic '${topic}' on broker '${brokerName}'`;
      throw new BrokerError(answer.code, answer.remark, answer.address, what);
    }
    const header = answer.header();
    this.#suggested.set(key, header.suggestWhichBrokerId);
    const { nextBeginOffset, minOffset, maxOffset } = header;
    const messages = status === 'FOUND' ? await this.#decode(answer.body, request, header.offsetDelta ?? 0) : [];
    return { status, nextBeginOffset, minOffset, maxOffset, messages };
  }

  async #decode(body: Buffer | undefined, request: PullRequest, offsetDelta: number): Promise<ReceivedMessage<T>[]> {
    if (body === undefined) return [];
    const bytes = ownBytes(body);
    const view = viewOf(bytes);
    const record = this.#record;
    const messages: ReceivedMessage<T>[] = [];
    let needsZstd = false;
    for (let at = 0; at < bytes.length; ) {
      at += readRecord(bytes, view, at, bytes.length, record);
      if ((record.sysFlag & ZSTD_BITS) === ZSTD_COMPRESSED) needsZstd = true;
      const isBatch = (record.sysFlag & UNWRAP_BITS) === UNWRAP_BITS;
      const records = isBatch ? innerRecords(record) : [record];
      for (const each of records) messages.push(new ReceivedMessage(each, request.queue, this.#source, offsetDelta));
    }
    if (needsZstd) await this.#client.compressors.load(CompressionType.ZSTD);
    const { subscription } = request;
    if (subscription.tagsSet.size === 0) return messages;
    return messages.filter((message) => matchesTagText(subscription, message.tag));
  }
}

/** From the code of an answer to a pull. */
export const PULL_STATUS_OF: ReadonlyMap<number, PullStatus> = new Map([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.PULL_NOT_FOUND, 'NO_NEW_MSG'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MSG'],
  [ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_ILLEGAL'],
]);

const ZSTD_BITS = MessageSysFlag.COMPRESSED | MessageSysFlag.COMPRESSION_TYPE_MASK;
const ZSTD_COMPRESSED = MessageSysFlag.COMPRESSED | MessageSysFlag.COMPRESSION_ZSTD;
const UNWRAP_BITS = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;

/** The bytes, copied when they would keep a much larger chunk alive. */
function ownBytes(body: Buffer): Buffer {
  return body.length * 2 < body.buffer.byteLength ? Buffer.from(body) : body;
}
