/** The body with which a broker announces itself, as JSON and as the compressed stream. */
import { deflateSync } from 'node:zlib';
import {
  CompressionError,
  decodeTopicConfig,
  encodeTopicConfig,
  MalformedDataError,
  parseJson,
  type TopicConfig,
  ZlibCompressor,
} from '@rocketmq-ts/common';
import { V5_0_0 } from '../mq-version.js';
import { BODY_LIMITS } from './body-limits.js';
import { type Body, defineBody, listOf, text } from './body-schema.js';
import { TopicQueueMappingInfo } from './static-topic.js';
import { DataVersionBody, TopicConfigAndMappingSerializeWrapper } from './topic.js';

export const RegisterBrokerBody = defineBody('RegisterBrokerBody', {
  topicConfigSerializeWrapper: TopicConfigAndMappingSerializeWrapper,
  filterServerList: listOf(text),
});
export type RegisterBrokerBody = Body<typeof RegisterBrokerBody>;

/** Largest inflated stream accepted. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

const zlib = new ZlibCompressor();
const EMPTY_LIST = Buffer.from('[]');

/**
 * Writes the compressed form, a deflate stream of length-prefixed parts
 * (lengths and counts int32, big-endian; source: RegisterBrokerBody#encode):
 *
 *   data version JSON · number of topics · each topic as text ·
 *   filter servers JSON · number of mappings · each mapping as JSON
 */
export function encodeCompressedRegisterBrokerBody(body: RegisterBrokerBody): Buffer {
  const { dataVersion, topicConfigTable, topicQueueMappingInfoMap } = body.topicConfigSerializeWrapper;
  const parts: Buffer[] = [];
  addPart(parts, DataVersionBody.encode(dataVersion));
  parts.push(int32(topicConfigTable.size));
  for (const config of topicConfigTable.values()) addPart(parts, Buffer.from(encodeTopicConfig(config)));
  addPart(parts, body.filterServerList.length === 0 ? EMPTY_LIST : Buffer.from(JSON.stringify(body.filterServerList)));
  parts.push(int32(topicQueueMappingInfoMap.size));
  for (const info of topicQueueMappingInfoMap.values()) addPart(parts, TopicQueueMappingInfo.encode(info));
  return deflateSync(Buffer.concat(parts), { level: 9 });
}

function addPart(parts: Buffer[], part: Buffer): void {
  parts.push(int32(part.length), part);
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/**
 * Reads the compressed form. Brokers before 5.0 send no mappings. Throws
 * MalformedDataError, also when the stream inflates to more than the limit.
 */
export function decodeCompressedRegisterBrokerBody(
  body: Uint8Array,
  brokerVersion: number,
  maxInflatedBytes = MAX_INFLATED_BYTES,
): RegisterBrokerBody {
  const reader = new PartReader(inflated(body, maxInflatedBytes));
  const dataVersion = DataVersionBody.decode(reader.part(), BODY_LIMITS.small);
  const topicConfigTable = new Map<string, TopicConfig>();
  for (let left = reader.count(); left > 0; left--) {
    const config = decodeTopicConfig(reader.part().toString('utf8'));
    if (config !== undefined) topicConfigTable.set(config.topicName, config);
  }
  const filterServerList = listOf(text).read(parseJson(reader.part(), BODY_LIMITS.small), 'filterServerList');
  const topicQueueMappingInfoMap = new Map<string, TopicQueueMappingInfo>();
  for (let left = brokerVersion >= V5_0_0 ? reader.count() : 0; left > 0; left--) {
    const info = TopicQueueMappingInfo.decode(reader.part());
    if (info.topic !== undefined) topicQueueMappingInfoMap.set(info.topic, info);
  }
  return {
    filterServerList,
    topicConfigSerializeWrapper: {
      dataVersion,
      topicConfigTable,
      topicQueueMappingInfoMap,
      topicQueueMappingDetailMap: new Map(),
      mappingDataVersion: DataVersionBody.read(undefined, 'mappingDataVersion'),
    },
  };
}

function inflated(body: Uint8Array, maxInflatedBytes: number): Buffer {
  try {
    return zlib.decompress(body, maxInflatedBytes);
  } catch (error) {
    if (!(error instanceof CompressionError)) throw error;
    throw new MalformedDataError(`compressed RegisterBrokerBody: ${error.message}`, { cause: error });
  }
}

class PartReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A count of parts, each of which takes four bytes at least. */
  count(): number {
    const count = this.#int32();
    if (count < 0 || count * 4 > this.#bytes.length - this.#position) throw this.#malformed(`count ${count}`);
    return count;
  }

  part(): Buffer {
    const length = this.#int32();
    const end = this.#position + length;
    if (length < 0 || end > this.#bytes.length) throw this.#malformed(`length ${length}`);
    const part = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return part;
  }

  #int32(): number {
    if (this.#position + 4 > this.#bytes.length) throw this.#malformed('a missing number');
    const value = this.#bytes.readInt32BE(this.#position);
    this.#position += 4;
    return value;
  }

  #malformed(found: string): MalformedDataError {
    return new MalformedDataError(
      `compressed RegisterBrokerBody: ${found} at ${this.#position} does not fit its ${this.#bytes.length} bytes`,
    );
  }
}
