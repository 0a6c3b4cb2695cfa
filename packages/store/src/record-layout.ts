/**
 * The byte layout of a record in the commit log, as constants, and the numbers
 * derived from it. Big-endian throughout.
 *
 * | at | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | total size, this field included |
 * | 4 | 4 | magic: V1, V2, or the end-of-file blank |
 * | 8 | 4 | CRC-32 of the body, 31 bits |
 * | 12 | 4 | queue id |
 * | 16 | 4 | flag of the user |
 * | 20 | 8 | queue offset |
 * | 28 | 8 | physical offset |
 * | 36 | 4 | system flag |
 * | 40 | 8 | born timestamp |
 * | 48 | 8 / 20 | born host: address, port as int32 |
 * | … | 8 | store timestamp |
 * | … | 8 / 20 | store host |
 * | … | 4 | reconsume times |
 * | … | 8 | prepared transaction offset |
 * | … | 4 + n | body |
 * | … | 1 + n, V2: 2 + n | topic |
 * | … | 2 + n | properties |
 *
 * Source: MessageExtEncoder, MessageDecoder, CommitLog.
 */

/** Second word of a record as signed int32: V2 has two bytes for the length of the topic, BLANK fills the end of a file. */
export const MESSAGE_MAGIC_V1 = 0xdaa320a7 | 0;
export const MESSAGE_MAGIC_V2 = 0xdaa320ab | 0;
export const BLANK_MAGIC = 0xcbd43194 | 0;

/** Bytes from the start of a record to its fields, the same in all versions. */
export const BODY_CRC_POSITION = 8;
export const QUEUE_ID_POSITION = 12;
export const FLAG_POSITION = 16;
export const QUEUE_OFFSET_POSITION = 20;
export const PHYSICAL_OFFSET_POSITION = 28;
export const SYS_FLAG_POSITION = 36;
export const BORN_TIMESTAMP_POSITION = 40;
export const BORN_HOST_POSITION = 48;

/** Bytes of a V1 record with IPv4 hosts without body, topic and properties. */
export const FIXED_SIZE_BYTES = 91;
/** Smallest size that a record can have. */
export const MIN_RECORD_BYTES = FIXED_SIZE_BYTES;
/** Size and magic, written where the next record does not fit into the file. */
export const BLANK_SIZE_BYTES = 8;
/** What a record may take besides its body. */
export const RECORD_OVERHEAD_LIMIT_BYTES = 64 * 1024;
const LARGEST_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Size beyond which a record that is found on disk is not believed. It does not
 * fall with `maxMessageSize`: what was stored under a higher limit stays readable.
 */
export function largestRecord(maxMessageSize: number): number {
  return Math.max(maxMessageSize, LARGEST_BODY_BYTES) + RECORD_OVERHEAD_LIMIT_BYTES;
}

/** Properties beyond this do not fit the int16 that tells their length. */
export const PROPERTIES_LIMIT_BYTES = 32767;
/** Property that guards the whole record: name, separator, ten digits, separator. */
export const CRC_PROPERTY_NAME = '__CRC32#';
export const CRC_PROPERTY_SIZE_BYTES = CRC_PROPERTY_NAME.length + 12;

/** Bytes between a name and its value, and between properties. */
export const NAME_VALUE_SEPARATOR = 1;
export const PROPERTY_SEPARATOR = 2;

/** Bits of the system flag: the address of the host has 16 bytes. Source: MessageSysFlag. */
export const BORN_HOST_V6_FLAG = 0x10;
export const STORE_HOST_V6_FLAG = 0x20;
/** Bit of the system flag: the record is a batch that has one place in its queue. */
export const INNER_BATCH_FLAG = 0x80;
const TRANSACTION_MASK = 0xc;
const TRANSACTION_PREPARED = 0x4;
const TRANSACTION_ROLLBACK = 0xc;

/** Half and rollback messages stay out of their queues. */
export function skipsConsumeQueue(sysFlag: number): boolean {
  const type = sysFlag & TRANSACTION_MASK;
  return type === TRANSACTION_PREPARED || type === TRANSACTION_ROLLBACK;
}

/** Rollback messages stay out of the index. */
export function skipsIndex(sysFlag: number): boolean {
  return (sysFlag & TRANSACTION_MASK) === TRANSACTION_ROLLBACK;
}

/** True for a message that belongs to a transaction (half, commit or rollback). */
export function isTransactional(sysFlag: number): boolean {
  return (sysFlag & TRANSACTION_MASK) !== 0;
}

/** Position of the store timestamp in a record. */
export function storeTimestampPosition(sysFlag: number): number {
  return BORN_HOST_POSITION + ((sysFlag & BORN_HOST_V6_FLAG) === 0 ? 8 : 20);
}

/** Java's `String.hashCode`, the hash of tags and of index keys. */
export function javaHash(text: string): number {
  return continueHash(0, text);
}

/** What the hashes of all index keys of a topic begin with. */
export function topicPrefixHash(topic: string): number {
  return javaHash(`${topic}#`);
}

/** The hash of a text of which `hash` is that of the first part and `text` the second. */
export function continueHash(prefixHash: number, text: string): number {
  let hash = prefixHash;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
