/** Reads the body of REGISTER_BROKER, whose form depends on the broker's version and on the header. */
import { DataVersion } from '@rocketmq-ts/common';
import {
  BODY_LIMITS,
  decodeCompressedRegisterBrokerBody,
  RegisterBrokerBody,
  TopicConfigSerializeWrapper,
  type TopicQueueMappingInfo,
  V3_0_11,
} from '@rocketmq-ts/remoting';
import type { RegisteredTopic } from './broker-registration.js';

/** First byte of a zlib stream with the usual window; no JSON text begins with it. */
const ZLIB_START = 0x78;

/** What a registration carries besides its header. */
export interface RegistrationBody {
  readonly dataVersion: DataVersion;
  readonly topics: readonly RegisteredTopic[];
  readonly mappings: readonly TopicQueueMappingInfo[];
  /** Undefined when the body has no such list. */
  readonly filterServers: readonly string[] | undefined;
}

export interface RegistrationBodyOptions {
  /** Version number of the broker. */
  readonly version: number;
  readonly compressed: boolean;
  /** Bytes that a compressed body may inflate to. */
  readonly maxInflatedBytes: number;
}

/**
 * A request without a body registers no topics, with version 0. A stream is known by
 * its first byte too: brokers of 5.x with `compressedRegister` send one, but their
 * header says that it is none (BrokerOuterAPI#registerBrokerAll), so that the
 * reference's name server cannot read it.
 * @throws MalformedDataError when the body is not of its form or inflates beyond the limit
 */
export function decodeRegistrationBody(body: Buffer | undefined, options: RegistrationBodyOptions): RegistrationBody {
  const { version, compressed, maxInflatedBytes } = options;
  if (body === undefined) return { dataVersion: new DataVersion(0), topics: [], mappings: [], filterServers: [] };
  if (version < V3_0_11) {
    const { dataVersion, topicConfigTable } = TopicConfigSerializeWrapper.decode(body, BODY_LIMITS.registration);
    return { dataVersion, topics: [...topicConfigTable.values()], mappings: [], filterServers: undefined };
  }
  const decoded =
    compressed || body[0] === ZLIB_START
      ? decodeCompressedRegisterBrokerBody(body, version, maxInflatedBytes)
      : RegisterBrokerBody.decode(body, BODY_LIMITS.registration);
  const { dataVersion, topicConfigTable, topicQueueMappingInfoMap } = decoded.topicConfigSerializeWrapper;
  return {
    dataVersion,
    topics: [...topicConfigTable.values()],
    mappings: [...topicQueueMappingInfoMap.values()],
    filterServers: decoded.filterServerList,
  };
}
