export * from './api.js';
export * from './config.js';
export { parseDelayLevels } from './delay-levels.js';
export { MessageStore, type MessageStoreOptions } from './message-store.js';
