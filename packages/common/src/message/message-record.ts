/**
 * A message as one record of the commit log: its byte layout, writing it
 * straight into a log's tail buffer, and reading it back with every length
 * checked. It knows nothing of files, maps of properties or compression.
 */
import { MalformedDataError } from '../errors.js';
import { MAX_PROPERTIES_BYTES } from './property.js';
import { MessageSysFlag } from './sys-flag.js';

/** Marks a record whose topic has a 1-byte length. */
export const MESSAGE_MAGIC_V1 = -626843481;
/** Marks a record whose topic has a 2-byte length. */
export const MESSAGE_MAGIC_V2 = -626843477;
/** Marks the filler at the end of a commit log file. */
export const BLANK_MAGIC = -875286124;
/** Longest topic of a V1 record, bytes; longer ones make a V2 record. */
export const MAX_TOPIC_V1_BYTES = 127;
/** Smallest record: V1, IPv4 hosts, nothing in it. */
export const MIN_RECORD_BYTES = 91;

const MAX_TOPIC_V2_BYTES = 32767;
const POSITION_MAGIC = 4;
const POSITION_QUEUE_OFFSET = 20;
const POSITION_PHYSICAL_OFFSET = 28;
const POSITION_SYS_FLAG = 36;
const POSITION_BORN_HOST = 48;
const TWO_TO_32 = 0x1_0000_0000;
const HOST_V6_BITS = MessageSysFlag.BORN_HOST_V6 | MessageSysFlag.STORE_HOST_V6;
/** Up to this length the loop below beats the call into the runtime. */
const SHORT_TEXT_LENGTH = 24;
const EMPTY = Buffer.alloc(0);
const NO_HOST = new Uint8Array(8);

/** Bytes that are not what they should be: a length out of bounds, an unknown magic number, a wrong CRC. */
export class MessageFormatError extends MalformedDataError {
  override readonly name = 'MessageFormatError';
}

/**
 * The fields of one record. A broker keeps one and fills it for each message;
 * `body` and the hosts are views that are read during the write only.
 *
 * ```
 * 4      total size            8      store timestamp
 * 4      magic                 8/20   store host: IP, port int32
 * 4      body CRC              4      reconsume times
 * 4      queue id              8      prepared transaction offset
 * 4      flag                  4 + n  body
 * 8      queue offset          1 + n  topic (V1)
 * 8      physical offset       2 + n  topic (V2)
 * 4      sysFlag               2 + n  properties text, UTF-8
 * 8      born timestamp
 * 8/20   born host: IP, port int32
 * ```
 * All big-endian. Source: MessageExtEncoder, MessageDecoder, MessageVersion.
 */
export class MessageRecord {
  /** CRC-32 of the body without the sign bit. */
  bodyCrc = 0;
  queueId = 0;
  flag = 0;
  queueOffset = 0;
  physicalOffset = 0;
  sysFlag = 0;
  bornTimestamp = 0;
  /** Encoded host, 8 or 20 bytes (`HostAddress#bytes`). */
  bornHost: Uint8Array = NO_HOST;
  storeTimestamp = 0;
  /** Encoded host, 8 or 20 bytes. */
  storeHost: Uint8Array = NO_HOST;
  reconsumeTimes = 0;
  preparedTransactionOffset = 0;
  body: Uint8Array = EMPTY;
  topic = '';
  propertiesText = '';

  /** Size of the record; set by `measureRecord` and `readRecord`. */
  storeSize = 0;
  /** Bytes of `topic`; set by `measureRecord` and `readRecord`. */
  topicBytes = 0;
  /** Bytes of `propertiesText`; set by `measureRecord` and `readRecord`. */
  propertiesBytes = 0;
}

/**
 * Computes and returns the size of the record, and sets the sysFlag's bits for
 * IPv6 hosts from the hosts. Call it once after the fields are filled and before `encodeInto`.
 * Throws `MessageFormatError` for a topic or properties that no record can hold.
 */
export function measureRecord(record: MessageRecord): number {
  const topicBytes = Buffer.byteLength(record.topic);
  const propertiesBytes = Buffer.byteLength(record.propertiesText);
  if (topicBytes > MAX_TOPIC_V2_BYTES) {
    throw new MessageFormatError(`a topic of ${topicBytes} bytes does not fit into a record`);
  }
  if (propertiesBytes > MAX_PROPERTIES_BYTES) {
    throw new MessageFormatError(
      `properties of ${propertiesBytes} bytes are over the limit of ${MAX_PROPERTIES_BYTES}`,
    );
  }
  const bornBytes = record.bornHost.length;
  const storeBytes = record.storeHost.length;
  if ((bornBytes !== 8 && bornBytes !== 20) || (storeBytes !== 8 && storeBytes !== 20)) {
    throw new MessageFormatError(`hosts of ${bornBytes} and ${storeBytes} bytes: an encoded host has 8 or 20`);
  }
  const v6 =
    (bornBytes === 20 ? MessageSysFlag.BORN_HOST_V6 : 0) | (storeBytes === 20 ? MessageSysFlag.STORE_HOST_V6 : 0);
  record.sysFlag = (record.sysFlag & ~HOST_V6_BITS) | v6;
  record.topicBytes = topicBytes;
  record.propertiesBytes = propertiesBytes;
  record.storeSize =
    MIN_RECORD_BYTES -
    16 +
    bornBytes +
    storeBytes +
    (topicBytes > MAX_TOPIC_V1_BYTES ? 1 : 0) +
    record.body.length +
    topicBytes +
    propertiesBytes;
  return record.storeSize;
}

/**
 * Writes a measured record at `offset` of `target` and returns its size. The
 * caller has made sure that it fits. `view` covers the same bytes as `target`
 * (a log keeps both). One straight pass, nothing allocated.
 */
export function encodeInto(target: Buffer, view: DataView, offset: number, record: MessageRecord): number {
  const body = record.body;
  const isV2 = record.topicBytes > MAX_TOPIC_V1_BYTES;
  view.setInt32(offset, record.storeSize);
  view.setInt32(offset + 4, isV2 ? MESSAGE_MAGIC_V2 : MESSAGE_MAGIC_V1);
  view.setInt32(offset + 8, record.bodyCrc);
  view.setInt32(offset + 12, record.queueId);
  view.setInt32(offset + 16, record.flag);
  setInt64(view, offset + 20, record.queueOffset);
  setInt64(view, offset + 28, record.physicalOffset);
  view.setInt32(offset + 36, record.sysFlag);
  setInt64(view, offset + 40, record.bornTimestamp);
  let at = putHost(target, offset + POSITION_BORN_HOST, record.bornHost);
  setInt64(view, at, record.storeTimestamp);
  at = putHost(target, at + 8, record.storeHost);
  view.setInt32(at, record.reconsumeTimes);
  setInt64(view, at + 4, record.preparedTransactionOffset);
  view.setInt32(at + 12, body.length);
  target.set(body, at + 16);
  at += 16 + body.length;
  if (isV2) view.setInt16(at++, record.topicBytes);
  else target[at] = record.topicBytes;
  at = putText(target, at + 1, record.topic, record.topicBytes);
  view.setInt16(at, record.propertiesBytes);
  return putText(target, at + 2, record.propertiesText, record.propertiesBytes) - offset;
}

/** Puts another queue offset into the record at `offset`. */
export function patchQueueOffset(view: DataView, offset: number, queueOffset: number): void {
  setInt64(view, offset + POSITION_QUEUE_OFFSET, queueOffset);
}

/** Puts another physical offset into the record at `offset`. */
export function patchPhysicalOffset(view: DataView, offset: number, physicalOffset: number): void {
  setInt64(view, offset + POSITION_PHYSICAL_OFFSET, physicalOffset);
}

/** Puts another store timestamp into the record at `offset`. */
export function patchStoreTimestamp(view: DataView, offset: number, storeTimestamp: number): void {
  setInt64(view, storeTimestampPosition(view, offset), storeTimestamp);
}

/** The store timestamp of the record at `offset`, without reading the rest. */
export function readStoreTimestamp(view: DataView, offset: number): number {
  return getInt64(view, storeTimestampPosition(view, offset));
}

function storeTimestampPosition(view: DataView, offset: number): number {
  const isV6 = (view.getInt32(offset + POSITION_SYS_FLAG) & MessageSysFlag.BORN_HOST_V6) !== 0;
  return offset + POSITION_BORN_HOST + (isV6 ? 20 : 8);
}

/**
 * Reads the record at `offset` into `record` and returns its size; `body` and
 * the hosts become views of `buffer`. No byte at or behind `end` is looked at.
 * Throws `MessageFormatError` when the bytes are not one whole record (also for
 * the blank filler: look at `readMagic` first). The CRC is not checked.
 */
export function readRecord(buffer: Buffer, view: DataView, offset: number, end: number, record: MessageRecord): number {
  const size = checkRecordStart(view, offset, end);
  const isV2 = view.getInt32(offset + POSITION_MAGIC) === MESSAGE_MAGIC_V2;
  const limit = offset + size;
  record.storeSize = size;
  record.bodyCrc = view.getInt32(offset + 8);
  record.queueId = view.getInt32(offset + 12);
  record.flag = view.getInt32(offset + 16);
  record.queueOffset = getOffset(view, offset + 20, 'queue offset');
  record.physicalOffset = getOffset(view, offset + 28, 'physical offset');
  const sysFlag = view.getInt32(offset + 36);
  record.sysFlag = sysFlag;
  record.bornTimestamp = getInt64(view, offset + 40);
  const bornBytes = (sysFlag & MessageSysFlag.BORN_HOST_V6) === 0 ? 8 : 20;
  const storeBytes = (sysFlag & MessageSysFlag.STORE_HOST_V6) === 0 ? 8 : 20;
  let at = offset + POSITION_BORN_HOST;
  const bodyAt = at + bornBytes + storeBytes + 24;
  if (bodyAt > limit) throw new MessageFormatError(`record at ${offset}: ${size} bytes are too few for its hosts`);
  record.bornHost = buffer.subarray(at, at + bornBytes);
  at += bornBytes;
  record.storeTimestamp = getInt64(view, at);
  record.storeHost = buffer.subarray(at + 8, at + 8 + storeBytes);
  at += 8 + storeBytes;
  record.reconsumeTimes = view.getInt32(at);
  record.preparedTransactionOffset = getInt64(view, at + 4);
  const bodyLength = view.getInt32(at + 12);
  if (bodyLength < 0 || bodyLength > limit - bodyAt) {
    throw new MessageFormatError(`record at ${offset}: body length ${bodyLength} does not fit into ${size} bytes`);
  }
  record.body = buffer.subarray(bodyAt, bodyAt + bodyLength);
  readTexts(buffer, view, bodyAt + bodyLength, { offset, limit, isV2 }, record);
  return size;
}

/** The magic number of the record at `offset`; the caller has at least 8 bytes there. */
export function readMagic(view: DataView, offset: number): number {
  return view.getInt32(offset + POSITION_MAGIC);
}

function checkRecordStart(view: DataView, offset: number, end: number): number {
  if (end - offset < MIN_RECORD_BYTES) {
    throw new MessageFormatError(`record at ${offset}: ${Math.max(0, end - offset)} bytes are too few for a record`);
  }
  const size = view.getInt32(offset);
  if (size < MIN_RECORD_BYTES || size > end - offset) {
    throw new MessageFormatError(`record at ${offset}: size ${size} is not in ${MIN_RECORD_BYTES} to ${end - offset}`);
  }
  const magic = readMagic(view, offset);
  if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) {
    throw new MessageFormatError(`record at ${offset}: Invalid magicCode ${magic}`);
  }
  return size;
}

interface RecordBounds {
  readonly offset: number;
  readonly limit: number;
  readonly isV2: boolean;
}

function readTexts(buffer: Buffer, view: DataView, from: number, bounds: RecordBounds, record: MessageRecord): void {
  const { offset, limit, isV2 } = bounds;
  const topicAt = from + (isV2 ? 2 : 1);
  const topicBytes = topicAt > limit ? -1 : isV2 ? view.getInt16(from) : view.getInt8(from);
  const propertiesAt = topicAt + topicBytes + 2;
  if (topicBytes < 0 || propertiesAt > limit) {
    throw new MessageFormatError(`record at ${offset}: topic length ${topicBytes} does not fit`);
  }
  const propertiesBytes = view.getInt16(propertiesAt - 2);
  // Nothing may follow the properties: a reader that goes by the fields and one that goes by the size then agree.
  if (propertiesBytes < 0 || propertiesAt + propertiesBytes !== limit) {
    throw new MessageFormatError(
      `record at ${offset}: properties length ${propertiesBytes}, but ${limit - propertiesAt} bytes are left`,
    );
  }
  record.topicBytes = topicBytes;
  record.propertiesBytes = propertiesBytes;
  record.topic = buffer.toString('utf8', topicAt, topicAt + topicBytes);
  record.propertiesText = buffer.toString('utf8', propertiesAt, limit);
}

/** Writes a 64-bit integer from a safe integer. */
export function setInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / TWO_TO_32));
  view.setInt32(at + 4, value | 0);
}

/** A 64-bit integer as a number: exact when it is a safe integer, otherwise the nearest one. */
export function getInt64(view: DataView, at: number): number {
  return view.getInt32(at) * TWO_TO_32 + view.getUint32(at + 4);
}

function getOffset(view: DataView, at: number, what: string): number {
  const value = getInt64(view, at);
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
    throw new MessageFormatError(`${what} ${view.getBigInt64(at)} is not in 0 to 2^53`);
  }
  return value;
}

function putHost(target: Buffer, at: number, host: Uint8Array): number {
  const length = host.length;
  for (let i = 0; i < length; i++) target[at + i] = host[i]!;
  return at + length;
}

function putText(target: Buffer, at: number, text: string, bytes: number): number {
  if (bytes !== text.length) target.write(text, at, bytes, 'utf8');
  else if (bytes > SHORT_TEXT_LENGTH) target.write(text, at, bytes, 'latin1');
  else for (let i = 0; i < bytes; i++) target[at + i] = text.charCodeAt(i);
  return at + bytes;
}
