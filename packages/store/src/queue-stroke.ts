/**
 * Entries of queues on their way to files by another thread. To make a small file takes the file system half a
 * millisecond, and a check point of some thousand queues may need as many: the event loop has better things to do.
 */
import { type Files, isFileSystemError } from '@rocketmq-ts/common';

/** Entries of one queue, side by side in one file. */
export interface Stroke {
  readonly path: string;
  /** The file is to be made, sparse, and with it the directories that are missing. */
  readonly isNew: boolean;
  readonly fileSizeBytes: number;
  /** In the file. */
  readonly position: number;
  /** Changes after the call that takes the stroke. None when there is nothing to write, only to make durable. */
  readonly bytes: Uint8Array;
}

/** A stroke, and what its queue wants to hear of it. */
export interface QueueStroke extends Stroke {
  /** It was given away; `end` ends it at once, and tells whether it is in its file. */
  begun(end: () => boolean): void;
  /** It has ended well, and got as far as it should; false when the queue has ended it before. */
  ended(aim: StrokeAim): boolean;
}

/** Strokes that a writer has taken. Until they have ended nobody else writes to these files. */
export interface StrokesUnderWay {
  /**
   * Resolves when all have ended: with true when those that were not ended by `end` are in their files (and durable,
   * when that was asked for), with false when it is not so, for whatever reason. Rejects when a flush failed: the
   * state of the bytes is unknown.
   */
  readonly ended: Promise<boolean>;
  /** Ends a stroke at once, waiting for it when it has begun; true when it is in its file, false when it is not and will not be. */
  end(index: number): boolean;
}

/** How far strokes go: into the files, or onto the disk. */
export type StrokeAim = 'written' | 'durable';

/** Writes strokes while the caller does other things. */
export interface StrokeWriter {
  /** For fewer queues it is not worth its while. */
  readonly minQueues: number;
  /** Takes the strokes, each of another file; undefined when it has no time, and the caller writes them himself. */
  write(strokes: readonly Stroke[], aim: StrokeAim): StrokesUnderWay | undefined;
}

/** Writes a stroke to its file. Throws what the file system throws. */
export function writeStroke(files: Files, { path, isNew, fileSizeBytes, position, bytes }: Stroke): void {
  if (bytes.length === 0) return;
  if (isNew) files.mkdirSync(path.slice(0, path.lastIndexOf('/')));
  const handle = files.openSync(path, isNew ? 'create' : 'readWrite');
  try {
    const sizeBytes = handle.sizeSync();
    // ext4 begins to write what a file got since it was emptied when it is closed; else it waits for each
    // file's own flush, and thousands of them take many times as long.
    if (sizeBytes === 0) handle.truncateSync(0);
    if (sizeBytes < fileSizeBytes) handle.truncateSync(fileSizeBytes);
    handle.writeSync(bytes, 0, bytes.length, position);
  } finally {
    handle.closeSync();
  }
}

/** Makes what was written to the file durable. One that is gone was taken away together with its queue. */
export function flushStroke(files: Files, path: string): void {
  try {
    const handle = files.openSync(path, 'readWrite');
    try {
      handle.datasyncSync();
    } finally {
      handle.closeSync();
    }
  } catch (error) {
    if (!isFileSystemError(error, 'ENOENT')) throw error;
  }
}
