/** Finds the files of the commit log when the store is opened, and whether they can be those of this store. */
import type { Logger } from '@rocketmq-ts/common';
import type { CommitLog } from './commit-log.js';
import type { CommitLogDirectories } from './commit-log-directories.js';
import type { StoreCheckpoint } from './store-checkpoint.js';

/** What is asked of the store. */
export interface LoadedParts {
  readonly log: CommitLog;
  readonly directories: CommitLogDirectories;
  readonly checkpoint: StoreCheckpoint;
  readonly logger: Logger;
}

/** Checks the sizes of the log's files: one that was cut gets its size back, contradictions stop the start. */
export function loadLog({ log, directories, checkpoint, logger }: LoadedParts): void {
  const { files } = log;
  files.load();
  mustReachCheckpoint(files.endOffset, directories, checkpoint);
  const last = files.starts.at(-1);
  if (last !== undefined && files.count > 1 && files.statSize(last) === 0) files.remove(last);
  for (const start of files.starts) {
    const sizeBytes = files.statSize(start);
    if (sizeBytes > files.fileSizeBytes || start % files.fileSizeBytes !== 0) {
      throw new Error(
        `${files.pathOf(start)} of ${sizeBytes} bytes does not fit mappedFileSizeCommitLog=${files.fileSizeBytes}: set it to the size the store was written with`,
      );
    }
    if (sizeBytes < files.fileSizeBytes) {
      logger.warn('a commit log file was cut and gets its size back', { path: files.pathOf(start), sizeBytes });
      files.create(start);
    }
  }
}

/** With several directories, a log that ends early is one of which a disk is not there: its files would be made a second time. */
function mustReachCheckpoint(endOffset: number, directories: CommitLogDirectories, checkpoint: StoreCheckpoint): void {
  if (directories.all.length === 1 || checkpoint.logicsPhysicalOffset < Math.max(endOffset, 1)) return;
  throw new Error(
    `the commit log in ${directories.all.join(', ')} ends before ${endOffset}, and the store has been at ${checkpoint.logicsPhysicalOffset}: is a disk missing? If its files are lost for good, delete the file 'checkpoint'`,
  );
}
