export * from './api.js';
export { BlockMemory } from './block-memory.js';
export type { JudgedRecords } from './block-records.js';
export { BlockSlots } from './block-slots.js';
export { CommitLogDirectories } from './commit-log-directories.js';
export * from './config.js';
export { parseDelayLevels } from './delay-levels.js';
export { type IndexKey, indexKeyIn, javaHashOf, NO_KEY } from './index-key.js';
export { LOG_BLOCK_BYTES, MAX_LOG_BLOCKS } from './log-blocks.js';
export { MessageStore } from './message-store.js';
export { dumpStore } from './offline/dump.js';
export * from './offline/dump-options.js';
export type { IndexGeometry } from './offline/index-check.js';
export type { RepairOptions } from './offline/rebuild.js';
export * from './offline/repair.js';
export * from './offline/report.js';
export type { CommitLogPlaces, StoreSizes } from './offline/store-directory.js';
export { type VerifyOptions, verifyStore } from './offline/verify.js';
export {
  flushStroke,
  type Stroke,
  type StrokeAim,
  type StrokesUnderWay,
  type StrokeWriter,
  writeStroke,
} from './queue-stroke.js';
export { type BlockReader, type JudgedBlock, judgeRecords, type WantedBlock } from './record-judge.js';
export type { MessageStoreOptions } from './store-parts.js';
export { TimerMessageStore } from './timer/timer-message-store.js';
export type { TimerParts } from './timer/timer-parts.js';
export { putAnew, readWaiting, realPlace, recordsIn, UndeliverableError } from './waiting-record.js';
