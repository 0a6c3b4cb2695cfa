// Which messages one read of the log brings: a plan lists those that are wanted, in the order of their queue.

/** Cold reads are joined when no more than this lies between them. */
const MAX_READ_GAP_BYTES = 32 * 1024;
/** Bytes that one cold read takes at most, unless a single message is larger. */
const MAX_READ_BYTES = 1024 * 1024;

/** An entry that is worth a look at its record. */
export interface Candidate {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
}

/** Index of the last candidate that one read brings together with the one at `from`: of one file, near to each other. */
export function lastOfRange(plan: readonly Candidate[], from: number, fileSizeBytes: number): number {
  const start = plan[from]!.physicalOffset;
  const fileEnd = start - (start % fileSizeBytes) + fileSizeBytes;
  let last = from;
  while (last + 1 < plan.length) {
    const end = plan[last]!.physicalOffset + plan[last]!.sizeBytes;
    const next = plan[last + 1]!;
    const gap = next.physicalOffset - end;
    if (gap < 0 || gap > MAX_READ_GAP_BYTES) break;
    const nextEnd = next.physicalOffset + next.sizeBytes;
    if (nextEnd > fileEnd || nextEnd - start > MAX_READ_BYTES) break;
    last++;
  }
  return last;
}
