/** The broker: processors, long polling, offsets, topics and groups. */
export * from './broker.js';
export * from './config.js';
export * from './container/broker-container.js';
export * from './container/broker-container-config.js';
export * from './container/broker-container-settings.js';
export * from './container/inner-broker.js';
export * from './settings.js';
