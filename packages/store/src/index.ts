export * from './api.js';
export * from './config.js';
export { parseDelayLevels } from './delay-levels.js';
export { MessageStore } from './message-store.js';
export type { MessageStoreOptions } from './store-parts.js';
