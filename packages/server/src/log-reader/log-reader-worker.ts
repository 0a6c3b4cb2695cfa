// The entry of the thread that reads the older log; see `log-reader-thread.ts` for the other side.
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { type JudgedBlock, judgeRecords, type WantedBlock } from '@rocketmq-ts/store';

/** Undefined when the file gives less than is wanted, or an error: who asked hears of it when it reads itself. */
function readBlock({ descriptor, position, physicalOffset, bytes: memory }: WantedBlock): JudgedBlock | undefined {
  const bytes = new Uint8Array(memory);
  try {
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(descriptor, bytes, at, bytes.length - at, position + at);
      if (read === 0) return undefined;
      at += read;
    }
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
