/**
 * Reads records of the commit log from bytes that may be anything: nothing is
 * believed before it is checked against the space that is really there.
 */
import { getInt64, SystemTopic } from '@rocketmq-ts/common';
import { type IndexKey, javaHashOf } from './index-key.js';
import { PropertyPicks } from './property-picks.js';
import type { RecordBytes } from './record-bytes.js';
import {
  BLANK_MAGIC,
  BLANK_SIZE_BYTES,
  BODY_CRC_POSITION,
  BORN_HOST_POSITION,
  BORN_HOST_V6_FLAG,
  CRC_PROPERTY_NAME,
  CRC_PROPERTY_SIZE_BYTES,
  FIXED_SIZE_BYTES,
  INNER_BATCH_FLAG,
  MESSAGE_MAGIC_V1,
  MESSAGE_MAGIC_V2,
  NAME_VALUE_SEPARATOR,
  PHYSICAL_OFFSET_POSITION,
  PROPERTY_SEPARATOR,
  QUEUE_ID_POSITION,
  QUEUE_OFFSET_POSITION,
  STORE_HOST_V6_FLAG,
  SYS_FLAG_POSITION,
  storeTimestampPosition,
} from './record-layout.js';

/** What is wrong with the bytes at a position, or that nothing is. */
export type RecordState =
  | 'whole'
  /** The filler at the end of a file. */
  | 'blank'
  /** Zeros: nothing was written here. */
  | 'empty'
  /** It starts like a record, but the bytes end before it does. */
  | 'cut'
  | 'damaged';

/** How carefully a record is looked at. */
export interface RecordCheck {
  /** Compare the CRC of the body. */
  readonly bodyCrc: boolean;
  /** Do not compare the CRC that guards the whole record with it. Default: compare. */
  readonly guard?: false;
  /** Where the record must believe it stands; undefined does not care. */
  readonly physicalOffset: number | undefined;
}

/** Judges the bytes at `at`, of which `available` may be read. */
export function checkRecord(data: RecordBytes, at: number, available: number, check: RecordCheck): RecordState {
  if (available < BLANK_SIZE_BYTES) return 'cut';
  const view = data.view;
  const sizeBytes = view.getInt32(at);
  const magic = view.getInt32(at + 4);
  if (magic === BLANK_MAGIC) return sizeBytes >= BLANK_SIZE_BYTES ? 'blank' : 'damaged';
  if (sizeBytes === 0 && magic === 0) return 'empty';
  if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) return 'damaged';
  if (sizeBytes < FIXED_SIZE_BYTES) return 'damaged';
  if (sizeBytes > available) return 'cut';
  const body = locateBody(view, at, sizeBytes);
  if (body < 0) return 'damaged';
  if (check.physicalOffset !== undefined && getInt64(view, at + PHYSICAL_OFFSET_POSITION) !== check.physicalOffset) {
    return 'damaged';
  }
  if (!isPlausibleText(data, at, sizeBytes)) return 'damaged';
  if (check.bodyCrc && !bodyCrcMatches(data, at, body)) return 'damaged';
  if (check.bodyCrc && check.guard !== false && !guardMatches(data, at, sizeBytes)) return 'damaged';
  return 'whole';
}

/** True when a record begins at `at` that believes to stand at `physicalOffset`; nothing else of it is looked at. */
export function beginsRecord({ view }: RecordBytes, at: number, physicalOffset: number): boolean {
  const magic = view.getInt32(at + 4);
  if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) return false;
  return getInt64(view, at + PHYSICAL_OFFSET_POSITION) === physicalOffset;
}

/** No CRC covers topic and properties, as a rule. That they are not cut shows in this: neither ends in a zero. */
function isPlausibleText({ bytes, view }: RecordBytes, at: number, sizeBytes: number): boolean {
  const topicAt = topicPosition(view, at);
  const topicEnd = topicAt + topicLength(view, at, topicAt);
  if (topicEnd === topicAt || bytes[topicEnd - 1] === 0) return false;
  const end = at + sizeBytes;
  return topicEnd + 2 === end || bytes[end - 1] !== 0;
}

/** Position of the body's length relative to the record, or -1 when the lengths inside do not add up to the size. */
function locateBody(view: DataView, at: number, sizeBytes: number): number {
  const position = bodyLengthPosition(view.getInt32(at + SYS_FLAG_POSITION));
  if (position + 4 > sizeBytes) return -1;
  const bodyLength = view.getInt32(at + position);
  if (bodyLength < 0) return -1;
  const topicAt = position + 4 + bodyLength;
  const version2 = isVersion2(view, at);
  const topicText = topicAt + (version2 ? 2 : 1);
  if (topicText > sizeBytes) return -1;
  // As the reference: the length of the topic is a signed byte or short there, a negative one is damage.
  const topicLength = version2 ? view.getInt16(at + topicAt) : view.getInt8(at + topicAt);
  if (topicLength < 0) return -1;
  const propertiesAt = topicText + topicLength;
  if (propertiesAt + 2 > sizeBytes) return -1;
  const propertiesLength = view.getInt16(at + propertiesAt);
  if (propertiesLength < 0) return -1;
  return propertiesAt + 2 + propertiesLength === sizeBytes ? position : -1;
}

function bodyLengthPosition(sysFlag: number): number {
  const bornHost = (sysFlag & BORN_HOST_V6_FLAG) === 0 ? 8 : 20;
  const storeHost = (sysFlag & STORE_HOST_V6_FLAG) === 0 ? 8 : 20;
  return BORN_HOST_POSITION + bornHost + 8 + storeHost + 12;
}

function bodyCrcMatches(data: RecordBytes, at: number, bodyAt: number): boolean {
  const bodyLength = data.view.getInt32(at + bodyAt);
  return bodyLength === 0 || data.crc32(at + bodyAt + 4, bodyLength) === data.view.getInt32(at + BODY_CRC_POSITION);
}

function guardMatches(data: RecordBytes, at: number, sizeBytes: number): boolean {
  const expected = propertyCrc(data.bytes, at + sizeBytes);
  return expected < 0 || data.crc32(at, sizeBytes - CRC_PROPERTY_SIZE_BYTES) === expected;
}

/** The value of the CRC property that ends at `end`, or -1 when there is none. */
function propertyCrc(bytes: Uint8Array, end: number): number {
  const start = end - CRC_PROPERTY_SIZE_BYTES;
  if (start < 0 || bytes[end - 1] !== PROPERTY_SEPARATOR) return -1;
  for (let i = 0; i < CRC_PROPERTY_NAME.length; i++) {
    if (bytes[start + i] !== CRC_PROPERTY_NAME.charCodeAt(i)) return -1;
  }
  if (bytes[start + CRC_PROPERTY_NAME.length] !== NAME_VALUE_SEPARATOR) return -1;
  let value = 0;
  for (let i = end - 2; i > end - 12; i--) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Size of a record that was found whole. */
export function sizeOf(data: RecordBytes, at: number): number {
  return data.view.getInt32(at);
}

/** Bytes of the body of a record that was found whole. */
export function bodySizeOf(data: RecordBytes, at: number): number {
  return data.view.getInt32(at + bodyLengthPosition(data.view.getInt32(at + SYS_FLAG_POSITION)));
}

/** The store timestamp of a record that was found whole, or of one of which the start is there. */
export function storeTimestampOf(data: RecordBytes, at: number): number {
  return getInt64(data.view, at + storeTimestampPosition(data.view.getInt32(at + SYS_FLAG_POSITION)));
}

/** How many bytes of a record must be read to know its store timestamp. */
export const STORE_TIMESTAMP_END = BORN_HOST_POSITION + 20 + 8;

/** What the queues and the index want to know of a record. Source: DispatchRequest. */
export interface DispatchRequest {
  /** Where the record believes to stand. */
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly sysFlag: number;
  readonly storeTimestamp: number;
  readonly tagsCode: number;
  readonly uniqKey: IndexKey;
  readonly keys: string | undefined;
  readonly tags: IndexKey;
  /** Messages in the record. */
  readonly messageCount: number;
  /** Light queues that the message says it is in, and its offset in each, as lists. */
  readonly lightNames: string | undefined;
  readonly lightOffsets: string | undefined;
}

/** Delivery time of a message of a delay level. Source: DefaultMessageStore#computeDeliverTimestamp. */
export type DeliverTime = (level: number, storeTimestamp: number) => number;

const MAX_INT16 = 32767;
/** Reused for every record: what is found is copied out of it. */
const picks = new PropertyPicks();

/** Reads what dispatching needs from a record that was found whole. Source: CommitLog#checkMessageAndReturnSize. */
export function readDispatchRequest(data: RecordBytes, at: number, deliverTime: DeliverTime): DispatchRequest {
  const { view, bytes } = data;
  const sysFlag = view.getInt32(at + SYS_FLAG_POSITION);
  const storeTimestamp = storeTimestampOf(data, at);
  const topicBytes = topicOf(data, at);
  const topic = utf8(topicBytes);
  const propertiesAt = topicBytes.byteOffset - bytes.byteOffset + topicBytes.length;
  const propertiesLength = view.getInt16(propertiesAt);
  picks.read(data, propertiesAt + 2, propertiesAt + 2 + propertiesLength);
  return {
    physicalOffset: getInt64(view, at + PHYSICAL_OFFSET_POSITION),
    sizeBytes: view.getInt32(at),
    topic,
    queueId: view.getInt32(at + QUEUE_ID_POSITION),
    queueOffset: getInt64(view, at + QUEUE_OFFSET_POSITION),
    sysFlag,
    storeTimestamp,
    tagsCode: tagsCodeOf(topic, picks, storeTimestamp, deliverTime),
    uniqKey: picks.uniqKey,
    keys: picks.keys,
    tags: picks.tags,
    messageCount: messageCountOf(sysFlag, picks.innerCount),
    lightNames: picks.lightNames,
    lightOffsets: picks.lightOffsets,
  };
}

/** Only what is an inner batch holds several; others may have the property from a client. Source: CommitLog#setBatchSizeIfNeeded. */
function messageCountOf(sysFlag: number, innerCount: number): number {
  return (sysFlag & INNER_BATCH_FLAG) === 0 ? 1 : Math.min(Math.max(innerCount, 1), MAX_INT16);
}

/** The tag code that the queue entry of a message holds: the hash of its tags, or for a delayed message its delivery time. */
export function tagsCodeOf(
  topic: string,
  { delayLevel, tags }: Pick<PropertyPicks, 'delayLevel' | 'tags'>,
  storeTimestamp: number,
  deliverTime: DeliverTime,
): number {
  if (isScheduleTopic(topic) && delayLevel > 0) return deliverTime(delayLevel, storeTimestamp);
  return tags > 0 ? javaHashOf(tags) : 0;
}

/** True for the topic whose queue entries hold delivery times. */
export function isScheduleTopic(topic: string): boolean {
  return topic === SystemTopic.SCHEDULE;
}

/** The bytes of the topic's name in a record that was found whole. */
function topicOf(data: RecordBytes, at: number): Uint8Array {
  const start = topicPosition(data.view, at);
  return data.part(start, topicLength(data.view, at, start));
}

/** Where the topic's name stands in a record that was found whole. */
export function topicPosition(view: DataView, at: number): number {
  const bodyAt = at + bodyLengthPosition(view.getInt32(at + SYS_FLAG_POSITION));
  return bodyAt + 4 + view.getInt32(bodyAt) + (isVersion2(view, at) ? 2 : 1);
}

/** How long the topic's name is, which begins at `topicAt`. */
export function topicLength(view: DataView, at: number, topicAt: number): number {
  return isVersion2(view, at) ? view.getInt16(topicAt - 2) : view.getUint8(topicAt - 1);
}

function isVersion2(view: DataView, at: number): boolean {
  return view.getInt32(at + 4) === MESSAGE_MAGIC_V2;
}

/** True when the record says of itself that it is this message of this queue. */
export function headBelongs(data: RecordBytes, at: number, queueId: number, queueOffset: number): boolean {
  return queueIdOf(data, at) === queueId && queueOffsetOf(data, at) === queueOffset;
}

/** True when the record is of the topic. */
export function topicBelongs({ bytes, view }: RecordBytes, at: number, topicBytes: Uint8Array): boolean {
  const start = topicPosition(view, at);
  if (topicLength(view, at, start) !== topicBytes.length) return false;
  for (let i = 0; i < topicBytes.length; i++) if (bytes[start + i] !== topicBytes[i]) return false;
  return true;
}

/** The queue id that the record names. */
export function queueIdOf({ view }: RecordBytes, at: number): number {
  return view.getInt32(at + QUEUE_ID_POSITION);
}

/** The offset in its queue that the record names. */
export function queueOffsetOf({ view }: RecordBytes, at: number): number {
  return getInt64(view, at + QUEUE_OFFSET_POSITION);
}

/** The text of the properties of a record that was found whole. */
export function propertiesOf(data: RecordBytes, at: number): string {
  const topic = topicOf(data, at);
  const position = topic.byteOffset - data.bytes.byteOffset + topic.length;
  return utf8(data.bytes.subarray(position + 2, position + 2 + data.view.getInt16(position)));
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
