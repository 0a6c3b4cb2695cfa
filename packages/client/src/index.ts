/** The clients: producers and consumers of the remoting protocol. */
export * from './api.js';
export * from './client-instance.js';
export * from './client-options.js';
export type { ClientSource } from './client-source.js';
export * from './codec.js';
export * from './errors.js';
export * from './ports.js';
export type { OutgoingMessage } from './producer/outgoing-message.js';
export * from './producer/producer.js';
export type {
  CompressionOptions,
  LingerOptions,
  ProducerOptions,
  ProducerOwnOptions,
  SendHook,
  SendOptions,
} from './producer/producer-options.js';
export type * from './producer/send-result.js';
