/** The body of SEND_BATCH_MESSAGE: several messages of one topic, one behind the other. */
import { MessageFormatError } from './message-record.js';
import { MAX_PROPERTIES_BYTES } from './property.js';

const FIXED_BYTES = 22;

/** One message of a batch body. */
export interface BatchItem {
  flag: number;
  body: Uint8Array;
  propertiesText: string;
}

/**
 * Writes a batch body; per message
 *
 * ```
 * 4      size of this item
 * 4      magic, 0
 * 4      CRC, 0
 * 4      flag
 * 4 + n  body
 * 2 + n  properties text, UTF-8
 * ```
 * Throws `MessageFormatError` for properties over 32767 bytes. Source: MessageDecoder#encodeMessages.
 */
export function encodeBatchBody(items: readonly BatchItem[]): Buffer {
  const lengths = items.map((item) => Buffer.byteLength(item.propertiesText));
  let total = 0;
  for (const [i, length] of lengths.entries()) {
    if (length > MAX_PROPERTIES_BYTES) {
      throw new MessageFormatError(`properties of ${length} bytes are over the limit of ${MAX_PROPERTIES_BYTES}`);
    }
    total += FIXED_BYTES + items[i]!.body.length + length;
  }
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  for (const [i, item] of items.entries()) at = encodeItem(buffer, at, item, lengths[i]!);
  return buffer;
}

function encodeItem(buffer: Buffer, offset: number, item: BatchItem, propertiesBytes: number): number {
  const bodyLength = item.body.length;
  buffer.writeInt32BE(FIXED_BYTES + bodyLength + propertiesBytes, offset);
  buffer.fill(0, offset + 4, offset + 12);
  buffer.writeInt32BE(item.flag | 0, offset + 12);
  buffer.writeInt32BE(bodyLength, offset + 16);
  buffer.set(item.body, offset + 20);
  const at = offset + 20 + bodyLength;
  buffer.writeInt16BE(propertiesBytes, at);
  return at + 2 + buffer.write(item.propertiesText, at + 2, propertiesBytes, 'utf8');
}

/** A batch body may not hold more messages than this unless told otherwise. */
export const MAX_BATCH_ITEMS = 1 << 16;

/**
 * Calls back for each message of a batch body, bodies as views, and returns how
 * many there are. Throws `MessageFormatError` when a length does not fit or
 * there are more than `maxItems`. Source: MessageDecoder#decodeMessages.
 */
export function readBatchBody(
  buffer: Buffer,
  onItem: (item: BatchItem) => void,
  maxItems: number = MAX_BATCH_ITEMS,
): number {
  let count = 0;
  for (let at = 0; at < buffer.length; count++) {
    if (count >= maxItems) throw new MessageFormatError(`a batch holds more than ${maxItems} messages`);
    const size = itemSize(buffer, at);
    onItem(readItem(buffer, at, at + size));
    at += size;
  }
  return count;
}

/** All messages of a batch body; see `readBatchBody`. */
export function decodeBatchBody(buffer: Buffer, maxItems?: number): BatchItem[] {
  const items: BatchItem[] = [];
  readBatchBody(buffer, (item) => items.push(item), maxItems);
  return items;
}

/** Number of messages in a batch body, going by their sizes alone. Source: MessageDecoder#countInnerMsgNum. */
export function countBatchItems(buffer: Buffer): number {
  let count = 0;
  for (let at = 0; at < buffer.length; at += itemSize(buffer, at)) count++;
  return count;
}

function itemSize(buffer: Buffer, at: number): number {
  const left = buffer.length - at;
  const size = left < FIXED_BYTES ? -1 : buffer.readInt32BE(at);
  if (size < FIXED_BYTES || size > left) {
    throw new MessageFormatError(`batch: the message at ${at} has size ${size}, ${left} bytes are left`);
  }
  return size;
}

function readItem(buffer: Buffer, offset: number, limit: number): BatchItem {
  const bodyLength = buffer.readInt32BE(offset + 16);
  if (bodyLength < 0 || bodyLength > limit - offset - FIXED_BYTES) {
    throw new MessageFormatError(`batch: the message at ${offset} has body length ${bodyLength}`);
  }
  const bodyAt = offset + 20;
  const propertiesAt = bodyAt + bodyLength + 2;
  const propertiesBytes = buffer.readInt16BE(propertiesAt - 2);
  if (propertiesBytes < 0 || propertiesAt + propertiesBytes !== limit) {
    throw new MessageFormatError(`batch: the message at ${offset} has properties length ${propertiesBytes}`);
  }
  return {
    flag: buffer.readInt32BE(offset + 12),
    body: buffer.subarray(bodyAt, bodyAt + bodyLength),
    propertiesText: buffer.toString('utf8', propertiesAt, limit),
  };
}
