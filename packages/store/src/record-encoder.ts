/**
 * Encodes a message into the commit log's tail, once and in place. This is the
 * hot path of sending: straight-line code on numbers, no intermediate buffers.
 */
import { crc32 } from 'node:zlib';
import { setInt64, writeUtf8 } from '@rocketmq-ts/common';
import type { AsciiProperties, PutMessage } from './api.js';
import type { ClientBatch } from './client-batch.js';
import {
  BODY_CRC_POSITION,
  BORN_HOST_POSITION,
  BORN_HOST_V6_FLAG,
  BORN_TIMESTAMP_POSITION,
  CRC_PROPERTY_NAME,
  CRC_PROPERTY_SIZE_BYTES,
  MESSAGE_MAGIC_V1,
  MESSAGE_MAGIC_V2,
  NAME_VALUE_SEPARATOR,
  PHYSICAL_OFFSET_POSITION,
  PROPERTY_SEPARATOR,
  QUEUE_OFFSET_POSITION,
  STORE_HOST_V6_FLAG,
  SYS_FLAG_POSITION,
} from './record-layout.js';
import { copyBytes, copyWithCrc, crcOf, LONG_CRC_BYTES } from './short-bytes.js';
import type { TailChunk } from './tail-cache.js';

/** The parts of a record that are the same for many messages. */
export interface RecordFrame {
  /** Where the topic stands in UTF-8, perhaps among others. */
  readonly names: Uint8Array;
  readonly topicAt: number;
  readonly topicLength: number;
  /** Two bytes for the topic's length instead of one. */
  readonly version2: boolean;
  /** Address and port of this broker, 8 or 20 bytes. */
  readonly storeHost: Uint8Array;
  /** Guard the record by a CRC property. */
  readonly appendPropertyCrc: boolean;
}

/** Where a record goes, known at the moment of the append. */
export interface RecordPlace {
  queueOffset: number;
  physicalOffset: number;
  storeTimestamp: number;
}

/** Bytes of a record apart from body and properties. */
export function fixedSizeOf(frame: RecordFrame, bornHost: Uint8Array): number {
  const hosts = bornHost.length + frame.storeHost.length;
  return 72 + hosts + frame.topicLength + (frame.version2 ? 4 : 3);
}

/** Size of the records that the messages of a batch become, all together. */
export function batchSizeOf(message: PutMessage, batch: ClientBatch, frame: RecordFrame): number {
  const guard = frame.appendPropertyCrc ? CRC_PROPERTY_SIZE_BYTES : 0;
  const each = fixedSizeOf(frame, message.bornHost) + guard;
  return batch.count * each + batch.totalBodyBytes + batch.totalPropertiesBytes;
}

/** The message's system flag with the bits that tell the sizes of the hosts. */
function sysFlagWithHosts(sysFlag: number, bornHost: Uint8Array, storeHost: Uint8Array): number {
  let flag = sysFlag & ~(BORN_HOST_V6_FLAG | STORE_HOST_V6_FLAG);
  if (bornHost.length === 20) flag |= BORN_HOST_V6_FLAG;
  if (storeHost.length === 20) flag |= STORE_HOST_V6_FLAG;
  return flag;
}

/** Writes a record at `start` of the chunk, which must have the room; answers its size. Properties that are too long show in the size only. */
export function encodeRecord(
  chunk: TailChunk,
  start: number,
  message: PutMessage,
  frame: RecordFrame,
  place: RecordPlace,
): number {
  const { view, buffer } = chunk;
  const { body, properties, ascii } = message;
  const bodyAt = encodeHead(chunk, start, message, message.flag, body.length, frame, place);
  buffer.set(body, bodyAt);
  // There is a view of long bodies already.
  const crc = body.length < LONG_CRC_BYTES ? crcOf(view, bodyAt, bodyAt + body.length) : crc32(body) & 0x7fffffff;
  view.setInt32(start + BODY_CRC_POSITION, crc);
  const topicEnd = encodeTopic(chunk, bodyAt + body.length, frame);
  let position = topicEnd + 2;
  position += ascii === undefined ? writeText(buffer, position, properties) : writeAscii(view, position, ascii);
  if (frame.appendPropertyCrc) {
    if (position > topicEnd + 2 && buffer[position - 1] !== PROPERTY_SEPARATOR) buffer[position++] = PROPERTY_SEPARATOR;
    position += CRC_PROPERTY_SIZE_BYTES;
  }
  view.setInt16(topicEnd, position - topicEnd - 2);
  view.setInt32(start, position - start);
  if (frame.appendPropertyCrc) writePropertyCrc(chunk, start, position);
  return position - start;
}

/** As `encodeRecord`, for the message of a client's batch at which `part` stands. */
export function encodeBatchPart(
  chunk: TailChunk,
  start: number,
  message: PutMessage,
  part: ClientBatch,
  frame: RecordFrame,
  place: RecordPlace,
): number {
  const { view } = chunk;
  const { bodyBytes } = part;
  const bodyAt = encodeHead(chunk, start, message, part.flag, bodyBytes, frame, place);
  view.setInt32(start + BODY_CRC_POSITION, copyWithCrc(part.view, part.bodyAt, view, bodyAt, bodyBytes));
  const topicEnd = encodeTopic(chunk, bodyAt + bodyBytes, frame);
  const guard = frame.appendPropertyCrc ? CRC_PROPERTY_SIZE_BYTES : 0;
  const propertiesBytes = part.propertiesEnd - part.propertiesAt;
  copyBytes(part.view, part.propertiesAt, view, topicEnd + 2, propertiesBytes);
  const end = topicEnd + 2 + propertiesBytes + guard;
  view.setInt16(topicEnd, propertiesBytes + guard);
  view.setInt32(start, end - start);
  if (guard > 0) writePropertyCrc(chunk, start, end);
  return end - start;
}

/** Everything up to the body, but for its CRC; answers where the body goes. */
function encodeHead(
  chunk: TailChunk,
  start: number,
  message: PutMessage,
  flag: number,
  bodyBytes: number,
  frame: RecordFrame,
  place: RecordPlace,
): number {
  const { view, buffer } = chunk;
  const bornHost = message.bornHost;
  const storeHost = frame.storeHost;
  view.setInt32(start + 4, frame.version2 ? MESSAGE_MAGIC_V2 : MESSAGE_MAGIC_V1);
  view.setInt32(start + 12, message.queueId);
  view.setInt32(start + 16, flag);
  setInt64(view, start + QUEUE_OFFSET_POSITION, place.queueOffset);
  setInt64(view, start + PHYSICAL_OFFSET_POSITION, place.physicalOffset);
  view.setInt32(start + SYS_FLAG_POSITION, sysFlagWithHosts(message.sysFlag, bornHost, storeHost));
  setInt64(view, start + BORN_TIMESTAMP_POSITION, message.bornTimestamp);
  let position = start + BORN_HOST_POSITION;
  for (let i = 0; i < bornHost.length; i++) buffer[position++] = bornHost[i]!;
  setInt64(view, position, place.storeTimestamp);
  position += 8;
  for (let i = 0; i < storeHost.length; i++) buffer[position++] = storeHost[i]!;
  view.setInt32(position, message.reconsumeTimes);
  setInt64(view, position + 4, message.preparedTransactionOffset);
  view.setInt32(position + 12, bodyBytes);
  return position + 16;
}

/** Writes the topic; answers the position after it. */
function encodeTopic({ view, buffer }: TailChunk, start: number, frame: RecordFrame): number {
  const { names, topicAt, topicLength } = frame;
  let position = start;
  if (frame.version2) {
    view.setInt16(position, topicLength);
    position += 2;
  } else {
    buffer[position++] = topicLength;
  }
  for (let i = topicAt; i < topicAt + topicLength; i++) buffer[position++] = names[i]!;
  return position;
}

/** Below this length a loop over the characters is cheaper than a call into the runtime. */
const SHORT_TEXT = 24;

/** Writes the text in UTF-8 and answers the number of bytes. */
function writeText(buffer: Buffer, position: number, text: string): number {
  const length = text.length;
  if (length >= SHORT_TEXT) return writeUtf8(buffer, text, position);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return writeUtf8(buffer, text, position);
    buffer[position + i] = code;
  }
  return length;
}

/** Writes properties that are bytes already, and answers their number. */
function writeAscii(view: DataView, position: number, { own, added }: AsciiProperties): number {
  own.copyTo(view, position);
  added.copyTo(view, position + own.length);
  return own.length + added.length;
}

/** Fills the last 20 bytes of a record with the CRC of all before them, digits from the lowest on. */
function writePropertyCrc(chunk: TailChunk, start: number, end: number): void {
  const buffer = chunk.buffer;
  const guard = end - CRC_PROPERTY_SIZE_BYTES;
  let rest = crcOf(chunk.view, start, guard);
  let position = guard;
  for (let i = 0; i < CRC_PROPERTY_NAME.length; i++) buffer[position++] = CRC_PROPERTY_NAME.charCodeAt(i);
  buffer[position++] = NAME_VALUE_SEPARATOR;
  for (let i = 0; i < 10; i++) {
    buffer[position++] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  buffer[position] = PROPERTY_SEPARATOR;
}
