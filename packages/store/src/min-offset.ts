/** Where a queue begins, also one that holds nothing yet. */
import type { CQType } from './consume-queue-interface.js';

/** Just what is looked at of a queue. */
interface QueueRange {
  readonly type: CQType;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** Offset of the oldest message; -1 for a batch queue that never held one, 0 for any other. Sources: BatchConsumeQueue#reviseMinOffsetInQueue, ConsumeQueue#getMinOffsetInQueue. */
export function minOffsetOf(queue: QueueRange | undefined, typeWhenMade: () => CQType): number {
  if (queue !== undefined && queue.maxOffset > 0) return queue.minOffset;
  return (queue?.type ?? typeWhenMade()) === 'BatchCQ' ? -1 : 0;
}
