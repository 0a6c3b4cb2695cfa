/** What tests of compaction share: a store with one compaction topic and small files. */
import { type Clock, type Files, findProperty } from '@rocketmq-ts/common';
import type { MessageStoreConfig } from '../config.js';
import type { MessageStore } from '../message-store.js';
import { RecordBytes } from '../record-bytes.js';
import { propertiesOf } from '../record-reader.js';
import { openTestStore, type PutAnswer, putAndWait, type ReadMessage, testMessage } from '../test-store.js';

export const TOPIC = 'Compacted';

/** Opens a store at `/store`; a segment holds 19 messages at most. */
export function compactingStore(
  files: Files,
  clock: Clock,
  config: Partial<MessageStoreConfig>,
): Promise<MessageStore> {
  return openTestStore('/store', {
    files,
    clock,
    config: { compactionCqMappedFileSize: 20 * 46, compactionMappedFileSize: 8000, ...config },
    attributesOf: (topic) => (topic === TOPIC ? new Map([['cleanup.policy', 'COMPACTION']]) : undefined),
  });
}

/** Puts a message with a key. */
export function putKey(store: MessageStore, key: string, body: string, queueId = 0): Promise<PutAnswer> {
  const properties = `KEYS\u0001${key}\u0002`;
  return putAndWait(store, testMessage({ topic: TOPIC, queueId, body: Buffer.from(body), properties, keys: key }));
}

/** What a reader of all messages knows of each key at the end. */
export function keysAndBodies(messages: readonly ReadMessage[]): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const { bytes, body } of messages) {
    bodies.set(findProperty(propertiesOf(new RecordBytes(bytes), 0), 'KEYS') ?? '', body);
  }
  return bodies;
}
