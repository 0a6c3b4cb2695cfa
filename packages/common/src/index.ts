export * from './logger.js';
export * from './node/node-clock.js';
export * from './node/node-random.js';
export * from './ports/clock.js';
export * from './ports/files.js';
export * from './ports/net.js';
export * from './ports/random.js';
export * from './turn.js';
