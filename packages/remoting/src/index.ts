export * from './config.js';
export * from './protocol/binary-writer.js';
export * from './protocol/codecs.js';
export * from './protocol/commands/index.js';
export { type HeaderCodec, RemotingCommandError } from './protocol/header-codec.js';
export * from './protocol/header-schema.js';
export * from './protocol/language-code.js';
export * from './protocol/mq-version.js';
export * from './protocol/response-code.js';
