/**
 * Whole messages (`MessageExt`) to and from the store format, for clients, tools
 * and tests. The layout is in `message-record.ts`, which a broker's hot path uses directly.
 */
import {
  CompressionError,
  type CompressionType,
  type Compressor,
  compressionTypeOf,
} from '../compression/compressor.js';
import { crc32 } from '../hash.js';
import { HostAddress } from './host.js';
import type { MessageExt } from './message.js';
import { encodeMessageId } from './message-id.js';
import { encodeInto, MessageFormatError, MessageRecord, measureRecord, readRecord } from './message-record.js';
import { decodeProperties, encodeProperties } from './property.js';
import { clearCompressedFlag, MessageSysFlag } from './sys-flag.js';

const NO_BODY = Buffer.alloc(0);

/** How messages are decoded. */
export interface DecodeOptions {
  /** False leaves bodies empty. Default: true. */
  readonly readBody?: boolean;
  /** True copies bodies; otherwise they are views that keep the whole buffer alive. Default: false. */
  readonly copyBody?: boolean;
  /** True compares the body with its CRC and throws when it differs. Default: false. */
  readonly checkCrc?: boolean;
  /**
   * Gives the compressor of a compressed body, which must be loaded by now;
   * when it gives none, or is not there, the body stays compressed and so does its sysFlag.
   */
  readonly compressorOf?: (type: CompressionType) => Compressor | undefined;
  /** A body that inflates beyond this is an error. Default: 64 MiB. */
  readonly maxBodyBytes?: number;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Decodes the one message at `offset`; throws `MessageFormatError`. Source: MessageDecoder#decode. */
export function decodeMessage(buffer: Buffer, offset = 0, options: DecodeOptions = {}): MessageExt {
  const record = new MessageRecord();
  readRecord(buffer, viewOf(buffer), offset, buffer.length, record);
  return toMessage(record, options);
}

/** Messages up to the first that is damaged, and what is wrong with that one. */
export interface DecodedMessages {
  readonly messages: MessageExt[];
  readonly error: MessageFormatError | undefined;
}

/** Decodes the messages that stand one behind the other, as in the answer to a pull. Source: MessageDecoder#decodes. */
export function decodeMessages(buffer: Buffer, options: DecodeOptions = {}): DecodedMessages {
  const view = viewOf(buffer);
  const record = new MessageRecord();
  const messages: MessageExt[] = [];
  try {
    for (let at = 0; at < buffer.length; ) {
      at += readRecord(buffer, view, at, buffer.length, record);
      messages.push(toMessage(record, options));
    }
  } catch (error) {
    if (error instanceof MessageFormatError) return { messages, error };
    throw error;
  }
  return { messages, error: undefined };
}

/**
 * Encodes a message in the store format, V2 when the topic needs it. The body is
 * taken as it is: with the compressed bit in `sysFlag` it must be compressed. Throws `MessageFormatError`.
 * Source: MessageDecoder#encode, MessageExtEncoder.
 */
export function encodeMessage(message: MessageExt): Buffer {
  const record = new MessageRecord();
  record.bodyCrc = message.bodyCRC;
  record.queueId = message.queueId;
  record.flag = message.flag;
  record.queueOffset = message.queueOffset;
  record.physicalOffset = message.commitLogOffset;
  record.sysFlag = message.sysFlag;
  record.bornTimestamp = message.bornTimestamp;
  record.bornHost = message.bornHost.bytes;
  record.storeTimestamp = message.storeTimestamp;
  record.storeHost = message.storeHost.bytes;
  record.reconsumeTimes = message.reconsumeTimes;
  record.preparedTransactionOffset = message.preparedTransactionOffset;
  record.body = message.body;
  record.topic = message.topic;
  record.propertiesText = encodeProperties(message.properties);
  const target = Buffer.allocUnsafe(measureRecord(record));
  encodeInto(target, viewOf(target), 0, record);
  return target;
}

/**
 * Inflates the body of a message that was decoded without, and clears the
 * compressed bit; throws what the compressor throws.
 */
export function inflateBody(message: MessageExt, compressor: Compressor, maxBodyBytes = DEFAULT_MAX_BODY_BYTES): void {
  message.body = compressor.decompress(message.body, maxBodyBytes);
  message.sysFlag = clearCompressedFlag(message.sysFlag);
}

/** A view of the same bytes as the buffer. */
export function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The message of a record that was read. */
export function toMessage(record: MessageRecord, options: DecodeOptions): MessageExt {
  const message: MessageExt = {
    topic: record.topic,
    flag: record.flag,
    properties: decodeProperties(record.propertiesText),
    body: NO_BODY,
    transactionId: undefined,
    brokerName: undefined,
    queueId: record.queueId,
    storeSize: record.storeSize,
    queueOffset: record.queueOffset,
    sysFlag: record.sysFlag,
    bornTimestamp: record.bornTimestamp,
    bornHost: HostAddress.fromBytes(record.bornHost),
    storeTimestamp: record.storeTimestamp,
    storeHost: HostAddress.fromBytes(record.storeHost),
    msgId: encodeMessageId(record.storeHost, record.physicalOffset),
    commitLogOffset: record.physicalOffset,
    bodyCRC: record.bodyCrc,
    reconsumeTimes: record.reconsumeTimes,
    preparedTransactionOffset: record.preparedTransactionOffset,
  };
  if (options.readBody !== false && record.body.length > 0) readBody(record, options, message);
  return message;
}

function readBody(record: MessageRecord, options: DecodeOptions, message: MessageExt): void {
  const view = record.body;
  const body = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  if (options.checkCrc === true) checkBodyCrc(record, body);
  message.body = body;
  const isCompressed = (record.sysFlag & MessageSysFlag.COMPRESSED) !== 0;
  if (isCompressed && options.compressorOf !== undefined && tryInflate(message, options, options.compressorOf)) return;
  if (options.copyBody === true) message.body = Buffer.from(body);
}

function tryInflate(
  message: MessageExt,
  options: DecodeOptions,
  compressorOf: NonNullable<DecodeOptions['compressorOf']>,
): boolean {
  try {
    const compressor = compressorOf(compressionTypeOf(message.sysFlag));
    if (compressor === undefined) return false;
    inflateBody(message, compressor, options.maxBodyBytes);
    return true;
  } catch (error) {
    if (!(error instanceof CompressionError)) throw error;
    throw new MessageFormatError(`message ${message.msgId}: its body does not inflate`, { cause: error });
  }
}

function checkBodyCrc(record: MessageRecord, body: Buffer): void {
  const crc = crc32(body);
  if (crc === record.bodyCrc) return;
  throw new MessageFormatError(
    `message at physical offset ${record.physicalOffset}: its body has CRC ${crc}, the record says ${record.bodyCrc}`,
  );
}
