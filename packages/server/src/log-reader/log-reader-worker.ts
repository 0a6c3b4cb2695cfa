// The entry of the thread that reads the older log; see `log-reader-thread.ts` for the other side.
import { parentPort } from 'node:worker_threads';
import { readDescriptorSync } from '@rocketmq-ts/common';
import { type JudgedBlock, judgeRecords, type WantedBlock } from '@rocketmq-ts/store';

/** Undefined when the file gives less than is wanted, or an error: who asked hears of it when it reads itself. */
function readBlock({ descriptor, position, physicalOffset, bytes: memory }: WantedBlock): JudgedBlock | undefined {
  const bytes = new Uint8Array(memory);
  try {
    if (readDescriptorSync(descriptor, bytes, 0, bytes.length, position) < bytes.length) return undefined;
  } catch {
    return undefined;
  }
  return { bytes: memory, wholeAt: judgeRecords(bytes, physicalOffset) };
}

parentPort?.on('message', (wanted: WantedBlock) => {
  const judged = readBlock(wanted);
  const moved = judged === undefined ? [] : [judged.bytes, judged.wholeAt.buffer as ArrayBuffer];
  parentPort?.postMessage(judged, moved);
});
