export * from './api.js';
export * from './config.js';
export { MessageStore, type MessageStoreOptions } from './message-store.js';
