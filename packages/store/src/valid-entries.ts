/** Finds the end of the valid entries of a queue file, when nobody else knows it. */
import { bisect } from './bisect.js';
import type { EntryFormat, QueueEntry } from './queue-entry.js';

/** What tells true entries from leftovers when a queue is opened. */
export interface EntryCheck<E extends QueueEntry> {
  /** End of the log: entries beyond it are leftovers. */
  readonly physicalLimit: number;
  /** Entries that there should be; 0 when that is not known. */
  readonly expectedCount: number;
  /** Tells whether the log holds the message that the entry speaks of, as far as that can be known. */
  fits(index: number, entry: E): boolean;
}

/** How many entries in a row may be damaged without ending a queue when it is opened. */
const LOOK_AHEAD_ENTRIES = 4;

type Test<E> = (entry: E, offset: number) => boolean;

/**
 * Number of valid entries at the start of a file that begins with the entry of `first`, by bisection: valid ones
 * come first. What looks valid is believed when the last of it fits the log;
 * otherwise leftovers of a log that was cut lie there, and each is compared.
 */
export function countValid<E extends QueueEntry>(
  first: number,
  capacity: number,
  check: EntryCheck<E>,
  format: EntryFormat<E>,
  entryAt: (offset: number) => E | undefined,
): number {
  const isPlausible: Test<E> = (entry) => format.isPlausible(entry, check.physicalLimit);
  const fits = (offset: number) => {
    const entry = entryAt(offset);
    return entry !== undefined && isPlausible(entry, offset) && check.fits(offset, entry);
  };
  const isNear = (offset: number, test: Test<E>) => isOneOf(offset, test, entryAt);
  const expected = check.expectedCount;
  const endsInFile = expected > first && expected < first + capacity;
  if (endsInFile && fits(expected - 1) && !isNear(expected, isPlausible)) return expected - first;
  const plausible = bisect(capacity, (i) => isNear(first + i, isPlausible));
  if (plausible === 0) return 0;
  const newest = entryAt(first + plausible - 1);
  if (newest !== undefined && check.fits(first + plausible - 1, newest)) return plausible;
  return bisect(plausible, (i) =>
    isNear(first + i, (entry, offset) => isPlausible(entry, offset) && check.fits(offset, entry)),
  );
}

/** True when the test holds for the entry or for one of the next: a single damaged one does not end a queue. */
function isOneOf<E>(offset: number, test: Test<E>, entryAt: (offset: number) => E | undefined): boolean {
  for (let i = offset; i < offset + LOOK_AHEAD_ENTRIES; i++) {
    const entry = entryAt(i);
    if (entry === undefined) return false;
    if (test(entry, i)) return true;
  }
  return false;
}
