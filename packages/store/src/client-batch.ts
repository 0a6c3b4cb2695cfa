/**
 * The body of a client's batch: messages one after the other, each as total
 * size (4), magic (4), CRC (4), flag (4), body length (4), body, properties
 * length (2), properties. It comes from the wire: every length is checked.
 * Source: MessageDecoder#encodeMessages, MessageExtEncoder.
 */
import type { BatchPart } from './record-encoder.js';
import { PROPERTIES_LIMIT_BYTES } from './record-layout.js';

const HEAD_BYTES = 20;
/** The reference counts them in 16 bits. */
const MAX_MESSAGES = 32767;

/** Cuts the body into its messages; undefined when it is malformed or empty, or has too many. */
export function parseClientBatch(body: Uint8Array): BatchPart[] | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const parts: BatchPart[] = [];
  for (let position = 0; position < body.length; ) {
    const part = parsePart(body, view, position);
    if (part === undefined || parts.length === MAX_MESSAGES) return undefined;
    parts.push(part);
    position = part.propertiesEnd;
  }
  return parts.length === 0 ? undefined : parts;
}

function parsePart(body: Uint8Array, view: DataView, start: number): BatchPart | undefined {
  if (start + HEAD_BYTES > body.length) return undefined;
  const bodyLength = view.getInt32(start + 16);
  const bodyEnd = start + HEAD_BYTES + bodyLength;
  if (bodyLength < 0 || bodyEnd + 2 > body.length) return undefined;
  const propertiesLength = view.getInt16(bodyEnd);
  const propertiesAt = bodyEnd + 2;
  const end = propertiesAt + propertiesLength;
  if (propertiesLength < 0 || propertiesLength > PROPERTIES_LIMIT_BYTES || end > body.length) return undefined;
  // The size that the message states is checked too: a batch that contradicts itself is not stored.
  if (view.getInt32(start) !== end - start) return undefined;
  return {
    flag: view.getInt32(start + 12),
    body: new Uint8Array(body.buffer, body.byteOffset + start + HEAD_BYTES, bodyLength),
    propertiesAt,
    propertiesEnd: end,
  };
}
