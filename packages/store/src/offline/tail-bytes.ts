/** How much stands behind the end of a log. */
import type { FileQueue } from '../file-queue.js';

const READ_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(READ_BYTES);

/** Bytes from `endOffset` to the last that is not zero; in the file of the end, a MiB of zeros is taken for the rest of it. */
export function tailBytes(log: FileQueue, endOffset: number): number {
  const buffer = Buffer.alloc(READ_BYTES);
  let dirty = 0;
  for (const start of log.starts) {
    if (start + log.fileSizeBytes <= endOffset) continue;
    for (let offset = Math.max(start, endOffset); offset < start + log.fileSizeBytes; ) {
      const read = log.readSync(offset, buffer, 0, buffer.length);
      if (read === 0) break;
      if (Buffer.compare(buffer.subarray(0, read), ZEROS.subarray(0, read)) === 0) {
        if (read === READ_BYTES) break;
      } else {
        let last = read - 1;
        while (buffer[last] === 0) last--;
        dirty = offset + last + 1 - endOffset;
      }
      offset += read;
    }
  }
  return dirty;
}
