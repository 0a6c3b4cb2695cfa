/** What the tests of this package share: a store over any files, messages, and a waiter that remembers. */
import {
  type Clock,
  createConfig,
  type Files,
  type Logger,
  NodeClock,
  nodeEnvironment,
  silentLogger,
  Turn,
} from '@rocketmq-ts/common';
import type {
  AppendResult,
  FilterBitMapOf,
  GetMessageResult,
  GetRequest,
  PutMessage,
  PutMessageStatus,
  PutWaiter,
} from './api.js';
import { type MessageStoreConfig, messageStoreConfigDeclaration } from './config.js';
import { MessageStore } from './message-store.js';
import type { StrokeWriter } from './queue-stroke.js';
import type { BlockReader } from './record-judge.js';
import type { OpenKeyValueStorage } from './rocksdb/key-value-storage.js';

/** Sizes so small that files roll in tests; those of the golden stores. */
export const SMALL_FILES: Partial<MessageStoreConfig> = {
  mappedFileSizeCommitLog: 262_144,
  mappedFileSizeConsumeQueue: 2000,
  mapperFileSizeBatchConsumeQueue: 4600,
  maxHashSlotNum: 100,
  maxIndexNum: 400,
  maxMessageSize: 65_536,
};

export interface TestStoreOptions {
  readonly files: Files;
  readonly clock?: Clock;
  readonly config?: Partial<MessageStoreConfig>;
  readonly logger?: Logger;
  readonly tailCacheBytes?: number;
  readonly storeHost?: Uint8Array;
  readonly mayDeleteForcibly?: () => boolean;
  readonly indexInlineBytes?: number;
  readonly attributesOf?: (topic: string) => ReadonlyMap<string, string> | undefined;
  readonly filterBitMapOf?: FilterBitMapOf;
  readonly openKeyValueStorage?: OpenKeyValueStorage;
  readonly strokeWriter?: StrokeWriter | undefined;
  readonly blockReader?: BlockReader | undefined;
}

/** The attributes of topics, of which those whose names begin with `Batch` have batch consume queues. */
export function batchAttributes(topic: string): ReadonlyMap<string, string> | undefined {
  return topic.startsWith('Batch') ? new Map([['queue.type', 'BatchCQ']]) : undefined;
}

/** Opens a store at `root`. */
export function openTestStore(root: string, options: TestStoreOptions): Promise<MessageStore> {
  const clock = options.clock ?? new NodeClock();
  return MessageStore.open({
    config: createConfig(messageStoreConfigDeclaration, nodeEnvironment(), {
      ...SMALL_FILES,
      storePathRootDir: root,
      ...options.config,
    }),
    storeHost: options.storeHost ?? Uint8Array.of(127, 0, 0, 1, 0, 0, 0x2a, 0x9f),
    clock,
    files: options.files,
    turn: new Turn(clock),
    logger: options.logger ?? silentLogger,
    physicalMemoryBytes: 8 * 1024 ** 3,
    strokeWriter: options.strokeWriter,
    blockReader: options.blockReader,
    ...(options.mayDeleteForcibly === undefined ? {} : { mayDeleteForcibly: options.mayDeleteForcibly }),
    ...(options.openKeyValueStorage === undefined ? {} : { openKeyValueStorage: options.openKeyValueStorage }),
    ...(options.attributesOf === undefined ? {} : { attributesOf: options.attributesOf }),
    ...(options.indexInlineBytes === undefined ? {} : { indexInlineBytes: options.indexInlineBytes }),
    ...(options.filterBitMapOf === undefined ? {} : { filterBitMapOf: options.filterBitMapOf }),
    ...(options.tailCacheBytes === undefined ? {} : { tailCacheBytes: options.tailCacheBytes }),
  });
}

/** A message with what a test cares about. */
export function testMessage(part: Partial<PutMessage> = {}): PutMessage {
  return {
    topic: 'TopicTest',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: Uint8Array.of(10, 0, 0, 1, 0, 0, 0x10, 0x01),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from('body'),
    properties: '',
    tagsCode: 0,
    waitStoreMsgOk: true,
    ...part,
  };
}

/** The answer to one put. */
export interface PutAnswer {
  readonly status: PutMessageStatus;
  readonly result: AppendResult | undefined;
}

/** Puts and waits for the answer. */
export function putAndWait(store: MessageStore, message: PutMessage): Promise<PutAnswer> {
  return new Promise((resolve) => {
    store.put(message, { putDone: (status, result) => resolve({ status, result }) });
  });
}

/** Puts a batch, its parts encoded in the body, and waits for the answer. */
export function putBatchAndWait(store: MessageStore, message: PutMessage): Promise<PutAnswer> {
  return new Promise((resolve) => {
    store.putBatch(message, { putDone: (status, result) => resolve({ status, result }) });
  });
}

/** Gathers the answers of many puts. */
export class Answers implements PutWaiter {
  readonly all: PutAnswer[] = [];

  putDone(status: PutMessageStatus, result: AppendResult | undefined): void {
    this.all.push({ status, result });
  }
}

/** One message as it was read. */
export interface ReadMessage {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly body: string;
  readonly bytes: Buffer;
}

/** Cuts the body of a pull answer into its records. */
export function recordsOf(result: GetMessageResult): ReadMessage[] {
  const bytes = Buffer.concat(result.bodyChunks);
  const messages: ReadMessage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readInt32BE(at);
    const record = bytes.subarray(at, at + size);
    const bornHost = (record.readInt32BE(36) & 0x10) === 0 ? 8 : 20;
    const storeHost = (record.readInt32BE(36) & 0x20) === 0 ? 8 : 20;
    const bodyAt = 48 + bornHost + 8 + storeHost + 12;
    const body = record.subarray(bodyAt + 4, bodyAt + 4 + record.readInt32BE(bodyAt));
    messages.push({
      queueOffset: Number(record.readBigInt64BE(20)),
      physicalOffset: Number(record.readBigInt64BE(28)),
      body: body.toString(),
      bytes: record,
    });
    at += size;
  }
  return messages;
}

/** Reads a queue from `offset` to its end, going on as a consumer does. */
export async function readQueue(
  store: MessageStore,
  topic: string,
  queueId: number,
  offset = 0,
): Promise<ReadMessage[]> {
  const messages: ReadMessage[] = [];
  for (let next = Math.max(offset, store.minOffsetInQueue(topic, queueId)); ; ) {
    const request: GetRequest = { topic, queueId, offset: next, maxMessages: 32 };
    const result = await store.get(request);
    messages.push(...recordsOf(result));
    if (result.nextBeginOffset <= next) return messages;
    next = result.nextBeginOffset;
  }
}

/** A client's batch body of messages without properties. */
export function batchBody(bodies: readonly string[], properties = ''): Buffer {
  return Buffer.concat(
    bodies.map((text) => {
      const body = Buffer.from(text);
      const extra = Buffer.from(properties);
      const part = Buffer.alloc(22 + body.length + extra.length);
      part.writeInt32BE(part.length, 0);
      part.writeInt32BE(body.length, 16);
      body.copy(part, 20);
      part.writeInt16BE(extra.length, 20 + body.length);
      extra.copy(part, 22 + body.length);
      return part;
    }),
  );
}

/** What was put to get this record. */
export function parseRecord(record: Buffer): { message: PutMessage; storeTimestamp: number } {
  const sysFlag = record.readInt32BE(36);
  const bornEnd = 48 + ((sysFlag & 0x10) === 0 ? 8 : 20);
  const storeEnd = bornEnd + 8 + ((sysFlag & 0x20) === 0 ? 8 : 20);
  const bodyEnd = storeEnd + 16 + record.readInt32BE(storeEnd + 12);
  const topicEnd = bodyEnd + 1 + record.readInt8(bodyEnd);
  const message = testMessage({
    topic: record.toString('utf8', bodyEnd + 1, topicEnd),
    queueId: record.readInt32BE(12),
    flag: record.readInt32BE(16),
    sysFlag,
    bornTimestamp: Number(record.readBigInt64BE(40)),
    bornHost: record.subarray(48, bornEnd),
    reconsumeTimes: record.readInt32BE(storeEnd),
    preparedTransactionOffset: Number(record.readBigInt64BE(storeEnd + 4)),
    body: record.subarray(storeEnd + 16, bodyEnd),
    properties: record.toString('utf8', topicEnd + 2, topicEnd + 2 + record.readInt16BE(topicEnd)),
  });
  return { message, storeTimestamp: Number(record.readBigInt64BE(bornEnd)) };
}
