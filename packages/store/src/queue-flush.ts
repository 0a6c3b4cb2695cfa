/** Brings what queues have in memory to their files: on another thread when there is much of it, here otherwise. */
import type { AnyConsumeQueue } from './consume-queue-interface.js';
import type { QueueStroke, StrokeAim, StrokeWriter } from './queue-stroke.js';

/** How queues are made durable here: so many are written before any is flushed, so many are flushed at a time. */
export interface Stride {
  readonly written: number;
  readonly flushed: number;
}

/** Queues that are written here at one time. */
const FEW_QUEUES = 64;
/** That are given to another thread at one time, and their bytes. */
const GROUP_QUEUES = 256;
const GROUP_BYTES = 1024 * 1024;

/** Queues that were looked at together. */
interface Group {
  readonly queues: readonly AnyConsumeQueue[];
  /** Those of them that are still to be written. */
  readonly left: readonly AnyConsumeQueue[];
}

export class QueueFlush {
  readonly #writer: StrokeWriter | undefined;

  constructor(writer: StrokeWriter | undefined) {
    this.#writer = writer;
  }

  /** Writes the queues and makes them durable. Throws what the file system throws; then some of them are not. */
  async makeDurable(queues: readonly AnyConsumeQueue[], stride: Stride): Promise<void> {
    for (let i = 0; i < queues.length; ) {
      const group = await this.#give(queues, i, stride.written, 'durable');
      // All before the first is flushed, so that the file system can join its own writes.
      for (const queue of group.left) queue.writeOut();
      const unsynced = group.queues.filter((queue) => queue.hasUnsynced).values();
      const syncSome = async () => {
        for (const queue of unsynced) await queue.datasync();
      };
      await Promise.all(Array.from({ length: stride.flushed }, syncSome));
      i += group.queues.length;
    }
  }

  /** Writes the queues without making them durable. */
  async write(queues: readonly AnyConsumeQueue[]): Promise<void> {
    for (let i = 0; i < queues.length; ) {
      const group = await this.#give(queues, i, FEW_QUEUES, 'written');
      for (const queue of group.left) queue.writeOut();
      i += group.queues.length;
    }
  }

  /** Takes queues from `first` on and has them written elsewhere; when nobody does it, takes `few` and leaves them all. */
  async #give(queues: readonly AnyConsumeQueue[], first: number, few: number, aim: StrokeAim): Promise<Group> {
    const writer = this.#writer;
    const given = writer !== undefined && queues.length >= writer.minQueues ? gather(queues, first, aim) : [];
    const strokes = given.map(({ stroke }) => stroke).filter((stroke) => stroke !== undefined);
    const underWay = strokes.length > 0 ? writer?.write(strokes, aim) : undefined;
    if (underWay === undefined) {
      const taken = queues.slice(first, first + few);
      return { queues: taken, left: taken };
    }
    for (const [i, stroke] of strokes.entries()) stroke.begun(() => underWay.end(i));
    const left: AnyConsumeQueue[] = [];
    try {
      const isDone = await underWay.ended;
      for (const { queue, stroke } of given) if (!isDone || stroke?.ended(aim) !== true) left.push(queue);
    } finally {
      for (const { queue } of given) queue.settle?.();
    }
    return { queues: given.map(({ queue }) => queue), left };
  }
}

interface GatheredQueue {
  readonly queue: AnyConsumeQueue;
  readonly stroke: QueueStroke | undefined;
}

/** As many queues from `first` on as go to the other thread at one time. */
function gather(queues: readonly AnyConsumeQueue[], first: number, aim: StrokeAim): GatheredQueue[] {
  const gathered: GatheredQueue[] = [];
  let bytes = 0;
  for (let i = first; i < queues.length && gathered.length < GROUP_QUEUES && bytes < GROUP_BYTES; i++) {
    const queue = queues[i]!;
    const stroke = queue.stroke?.(aim);
    gathered.push({ queue, stroke });
    bytes += stroke?.bytes.length ?? 0;
  }
  return gathered;
}
