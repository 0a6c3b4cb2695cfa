/** All declared bodies. */
export * from './body-limits.js';
export type { Body, BodySchema, EncodeBodyOptions } from './body-schema.js';
export * from './connection.js';
export * from './consume.js';
export * from './consumer-running-info.js';
export * from './group.js';
export * from './ha.js';
export * from './heartbeat.js';
export * from './lock.js';
export * from './offset.js';
export * from './rebalance.js';
export * from './register-broker.js';
export * from './route.js';
export * from './static-topic.js';
export * from './stats.js';
export * from './topic.js';
