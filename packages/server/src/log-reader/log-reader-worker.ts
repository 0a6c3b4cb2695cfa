// The entry of the thread that reads the older log; see `log-reader-thread.ts` for the other side.
import { parentPort, workerData } from 'node:worker_threads';
import { readDescriptorSync } from '@rocketmq-ts/common';
import { BlockMemory, type JudgedRecords, judgeRecords, type WantedBlock } from '@rocketmq-ts/store';

/** What the thread is started with. */
export interface LogReaderData {
  /** Of `BlockSlots`. */
  readonly memory: object;
  readonly slotBytes: number;
}

/** What is asked of it; it answers with `JudgedRecords`, or undefined. */
export interface BlockRequest extends WantedBlock {
  /** Where the block goes. */
  readonly slot: number;
}

const { memory, slotBytes } = workerData as LogReaderData;
const block = new BlockMemory(memory, slotBytes);

/** Undefined when the file gives less than is wanted, or an error: who asked hears of it when it reads itself. */
function readBlock({ descriptor, position, physicalOffset, slot }: BlockRequest): JudgedRecords | undefined {
  block.slot = slot;
  try {
    if (readDescriptorSync(descriptor, block.bytes, 0, slotBytes, position) < slotBytes) return undefined;
  } catch {
    return undefined;
  }
  return judgeRecords(block, physicalOffset);
}

parentPort?.on('message', (request: BlockRequest) => {
  const judged = readBlock(request);
  parentPort?.postMessage(judged, judged === undefined ? [] : [judged.columns]);
});
