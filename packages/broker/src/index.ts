/** The broker: processors, long polling, offsets, topics and groups. */
export * from './broker.js';
export * from './config.js';
export * from './settings.js';
