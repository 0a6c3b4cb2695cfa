export * from './message-filter.js';
