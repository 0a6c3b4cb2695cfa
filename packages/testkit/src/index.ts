// The public API of the test kit: time, randomness, disk and network that a test controls.
export * from './faulty-files.js';
export * from './frame-connection.js';
export * from './memory-files.js';
export { MemoryNet } from './memory-net.js';
export * from './memory-network.js';
export type { PathConditions } from './memory-pipe.js';
export * from './seeded-random.js';
export * from './seeds.js';
export * from './temporary-directory.js';
export * from './virtual-clock.js';
