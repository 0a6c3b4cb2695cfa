/** The queues of one kind that are kept in files: `<directory>/<topic>/<queue id>/<first byte>`. */
import { type Files, isFileSystemError } from '@rocketmq-ts/common';
import type { AnyConsumeQueue, QueueContext, QueueFamily } from './consume-queue-interface.js';
import { FileQueue } from './file-queue.js';
import type { HandleCache } from './handle-cache.js';

export interface FileQueueFamilyOptions {
  readonly files: Files;
  readonly handles: HandleCache;
  readonly directory: string;
  readonly fileSizeBytes: number;
  /** Where queues may have further files, in directories by topic. */
  readonly extensionDirectory?: string;
  /** Makes a queue over its files. */
  readonly make: (topic: string, queueId: number, files: FileQueue, context: QueueContext) => AnyConsumeQueue;
}

const QUEUE_ID = /^\d{1,9}$/;

/** Source: ConsumeQueueStore#loadConsumeQueues. */
export class FileQueueFamily implements QueueFamily {
  readonly #options: FileQueueFamilyOptions;

  constructor(options: FileQueueFamilyOptions) {
    this.#options = options;
  }

  load(): string[] {
    const { files, directory } = this.#options;
    return files.readdirSync(directory).filter(isSafeName);
  }

  queueIdsOf(topic: string): number[] {
    const { files, directory } = this.#options;
    try {
      return files
        .readdirSync(`${directory}/${topic}`)
        .filter((name) => QUEUE_ID.test(name))
        .map(Number);
    } catch (error) {
      // Queues in RocksDB put their files beside the topics.
      if (isFileSystemError(error, 'ENOTDIR')) return [];
      throw error;
    }
  }

  create(topic: string, queueId: number, context: QueueContext): AnyConsumeQueue {
    const { files, handles, directory, fileSizeBytes, make } = this.#options;
    const queueFiles = new FileQueue(files, handles, `${directory}/${topic}/${queueId}`, fileSizeBytes);
    return make(topic, queueId, queueFiles, context);
  }

  removeTopic(topic: string): void {
    const { files, directory, extensionDirectory } = this.#options;
    if (extensionDirectory !== undefined) files.removeSync(`${extensionDirectory}/${topic}`);
    if (files.statSync(`${directory}/${topic}`) === undefined) return;
    const deleted = `${directory}.deleted`;
    files.removeSync(deleted);
    files.mkdirSync(deleted);
    files.renameSync(`${directory}/${topic}`, `${deleted}/${topic}`);
    // The topic may be made again: a power cut must not bring the old queues back in place of the new ones.
    files.syncDirectorySync(directory);
    try {
      files.removeSync(deleted);
    } catch (error) {
      // They are out of the way, and go with the next topic that is deleted.
      if (!isFileSystemError(error)) throw error;
    }
  }
}

/** True for a name that can be one step of a path and nothing else. */
export function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

/** Size of a queue file: the setting, rounded up to whole entries. Source: MessageStoreConfig#getMappedFileSizeConsumeQueue. */
export function queueFileSize(configuredBytes: number, entrySizeBytes: number): number {
  return Math.ceil(configuredBytes / entrySizeBytes) * entrySizeBytes;
}
