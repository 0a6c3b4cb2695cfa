export * from './api.js';
export * from './config.js';
export { parseDelayLevels } from './delay-levels.js';
export { MessageStore } from './message-store.js';
export type { MessageStoreOptions } from './store-parts.js';
export { TimerMessageStore } from './timer/timer-message-store.js';
export type { TimerParts } from './timer/timer-parts.js';
export { putAnew, readWaiting, realPlace, recordsIn, UndeliverableError } from './waiting-record.js';
