// Looks through the entries of a batch queue one by one, where a damaged one leads a search astray.
import { type BatchEntry, offsetAfter } from './batch-entry.js';
import type { QueueFiles } from './queue-files.js';

/** Entries that are read at a time. */
const SCAN_ENTRIES = 1024;

/** An entry by its number, and the offset that it begins with. */
export interface FoundEntry {
  readonly number: number;
  readonly queueOffset: number;
}

/** The entries that are looked through, by number, and the nearest behind the wanted offset of those that follow them. */
export interface ScannedRange {
  readonly first: number;
  readonly end: number;
  readonly next: FoundEntry;
}

/** The latest entry that holds the message at `offset`, if that is wanted and there is one, or else the nearest behind it. */
export function findEntry(
  files: Pick<QueueFiles<BatchEntry>, 'readSync'>,
  range: ScannedRange,
  offset: number,
  wanted: 'holding' | 'behind',
): FoundEntry {
  let holder: FoundEntry | undefined;
  let nearest = range.next;
  for (let number = range.first; number < range.end; ) {
    const entries = files.readSync(number, Math.min(number + SCAN_ENTRIES, range.end));
    if (entries.length === 0) break;
    for (const entry of entries) {
      const { queueOffset } = entry;
      const holds = queueOffset <= offset && offset < offsetAfter(entry);
      if (holds && queueOffset >= (holder?.queueOffset ?? 0)) holder = { number, queueOffset };
      if (queueOffset > offset && queueOffset < nearest.queueOffset) nearest = { number, queueOffset };
      number++;
    }
  }
  return wanted === 'holding' ? (holder ?? nearest) : nearest;
}
