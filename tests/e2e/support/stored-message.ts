// The records in a pull answer, taken apart and checked byte by byte.
import { crc32 } from 'node:zlib';

const MAGIC_V1 = 0xdaa320a7;
const MAGIC_V2 = 0xdaa320ab;

/** What the tests look at in a stored message. */
export interface StoredMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sysFlag: number;
  readonly body: Buffer;
  readonly properties: ReadonlyMap<string, string>;
}

/** Reads all records of a body. Throws when a length, a magic number or a checksum is wrong. */
export function readStoredMessages(data: Buffer): StoredMessage[] {
  const messages: StoredMessage[] = [];
  for (let at = 0; at < data.length; ) {
    if (data.length - at < 91) throw new Error(`${data.length - at} bytes behind the last record`);
    const size = data.readInt32BE(at);
    if (size < 91 || at + size > data.length)
      throw new Error(`a record of ${size} bytes with ${data.length - at} left`);
    messages.push(readRecord(data.subarray(at, at + size)));
    at += size;
  }
  return messages;
}

function readRecord(record: Buffer): StoredMessage {
  const magic = record.readUInt32BE(4);
  if (magic !== MAGIC_V1 && magic !== MAGIC_V2) throw new Error(`a record with magic ${magic.toString(16)}`);
  const sysFlag = record.readInt32BE(36);
  let at = 48 + (sysFlag & 0x10 ? 20 : 8) + 8 + (sysFlag & 0x20 ? 20 : 8) + 12;
  const bodyLength = record.readInt32BE(at);
  const body = record.subarray(at + 4, at + 4 + bodyLength);
  if ((crc32(body) & 0x7fffffff) !== record.readInt32BE(8)) throw new Error('the checksum of a body is wrong');
  at += 4 + bodyLength;
  const topicLength = magic === MAGIC_V2 ? record.readUInt16BE(at) : record.readUInt8(at);
  at += magic === MAGIC_V2 ? 2 : 1;
  const topic = record.toString('utf8', at, at + topicLength);
  at += topicLength;
  const propertiesEnd = at + 2 + record.readInt16BE(at);
  if (propertiesEnd !== record.length) throw new Error(`a record of ${record.length} bytes ends at ${propertiesEnd}`);
  return {
    topic,
    queueId: record.readInt32BE(12),
    queueOffset: Number(record.readBigInt64BE(20)),
    physicalOffset: Number(record.readBigInt64BE(28)),
    sysFlag,
    body,
    properties: readProperties(record.toString('utf8', at + 2, propertiesEnd)),
  };
}

function readProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const pair of text.split('\u0002')) {
    const middle = pair.indexOf('\u0001');
    if (middle > 0) properties.set(pair.slice(0, middle), pair.slice(middle + 1));
  }
  return properties;
}
