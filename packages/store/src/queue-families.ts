/** Where the queues of each type live, and what they are made of. */
import { type Files, isLmq, type Logger } from '@rocketmq-ts/common';
import { BatchConsumeQueue } from './batch-consume-queue.js';
import { BATCH_ENTRY_SIZE_BYTES } from './batch-entry.js';
import type { MessageStoreConfig } from './config.js';
import { ConsumeQueue } from './consume-queue.js';
import { ConsumeQueueExt } from './consume-queue-ext.js';
import type { QueueFamily } from './consume-queue-interface.js';
import { ExtQueueFiles } from './ext-queue-files.js';
import { EXT_END_BYTES, MIN_EXT_UNIT_BYTES } from './ext-unit.js';
import { FileQueue } from './file-queue.js';
import type { HandleCache } from './handle-cache.js';
import { ENTRY_FORMAT, ENTRY_SIZE_BYTES } from './queue-entry.js';
import { FileQueueFamily, queueFileSize } from './queue-family.js';
import { QueueFiles } from './queue-files.js';
import type { OpenKeyValueStorage } from './rocksdb/key-value-storage.js';
import { RocksDBQueueFamily } from './rocksdb/rocksdb-queue-family.js';
import { openRocksDB } from './rocksdb/rocksdb-storage.js';
import type { QueueFamilies, TopicQueueType } from './topic-listing.js';

export interface FamilyOptions {
  readonly config: MessageStoreConfig;
  readonly files: Files;
  readonly logger: Logger;
  /** Opens RocksDB for the queues of storeType=defaultRocksDB. Default: the package `rocksdb-native`. */
  readonly openKeyValueStorage?: OpenKeyValueStorage;
}

/** The queues of either type, in directories of their own. */
export function makeFamilies(options: FamilyOptions, handles: HandleCache): QueueFamilies {
  const { config, files } = options;
  const isRocksDB = config.storeType.toLowerCase() === 'defaultrocksdb';
  return {
    SimpleCQ: isRocksDB
      ? new RocksDBQueueFamily({ ...options, ...config, open: options.openKeyValueStorage ?? openRocksDB })
      : simpleFamily(options, handles),
    BatchCQ: new FileQueueFamily({
      files,
      handles,
      directory: `${config.storePathRootDir}/batchconsumequeue`,
      fileSizeBytes: queueFileSize(config.mapperFileSizeBatchConsumeQueue, BATCH_ENTRY_SIZE_BYTES),
      make: (topic, queueId, queueFiles, context) => new BatchConsumeQueue(topic, queueId, queueFiles, context),
    }),
  };
}

/** Queues in files, with their extension. */
function simpleFamily({ config, files }: FamilyOptions, handles: HandleCache): QueueFamily {
  const root = config.storePathRootDir;
  files.mkdirSync(`${root}/consumequeue`);
  // Entries of light queues have no extension, as in the reference.
  const extend = (topic: string, queueId: number, queueFiles: FileQueue) =>
    config.enableConsumeQueueExt && !isLmq(topic)
      ? new ExtQueueFiles(queueFiles, new ConsumeQueueExt(extFiles(topic, queueId)))
      : new QueueFiles(queueFiles, ENTRY_FORMAT);
  const extFiles = (topic: string, queueId: number) =>
    new FileQueue(
      files,
      handles,
      `${root}/consumequeue_ext/${topic}/${queueId}`,
      Math.max(config.mappedFileSizeConsumeQueueExt, MIN_EXT_UNIT_BYTES + EXT_END_BYTES),
    );
  return new FileQueueFamily({
    files,
    handles,
    directory: `${root}/consumequeue`,
    fileSizeBytes: queueFileSize(config.mappedFileSizeConsumeQueue, ENTRY_SIZE_BYTES),
    extensionDirectory: `${root}/consumequeue_ext`,
    make: (topic, queueId, queueFiles, context) =>
      new ConsumeQueue(topic, queueId, extend(topic, queueId, queueFiles), context),
  });
}

/** The type that a topic with these attributes asks for. Source: QueueTypeUtils#getCQType. */
export function queueTypeOf(attributes: ReadonlyMap<string, string> | undefined): TopicQueueType {
  return attributes?.get('queue.type') === 'BatchCQ' ? 'BatchCQ' : 'SimpleCQ';
}
