/** Headers and frames as they are written, for tests. */
import type { SerializeType } from '../remoting-command.js';
import { type CommandHead, writeHeader } from './header-encoder.js';
import type { OutgoingHeader } from './outgoing.js';

/** The bytes of a header. */
export function headerBytes(serializeType: SerializeType, head: CommandHead, fields: OutgoingHeader): Buffer {
  return Buffer.from(writeHeader(serializeType, head, fields, Buffer.alloc(0), 0).view());
}
