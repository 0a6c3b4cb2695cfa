import { deflateSync, inflateSync } from 'node:zlib';
import { createTopicConfig, DataVersion, MalformedDataError } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CURRENT_VERSION, V4_9_4 } from '../mq-version.js';
import {
  decodeCompressedRegisterBrokerBody,
  encodeCompressedRegisterBrokerBody,
  type RegisterBrokerBody,
} from './register-broker.js';

const topics = ['TopicA', 'TopicB'].map((name) => createTopicConfig(name, { attributes: new Map([['+k', 'v']]) }));
const mapping = {
  topic: 'TopicA',
  scope: '__global__',
  totalQueues: 1,
  bname: 'b',
  epoch: 7,
  dirty: false,
  currIdMap: new Map([[0, 3]]),
};

const body: RegisterBrokerBody = {
  filterServerList: ['127.0.0.1:1'],
  topicConfigSerializeWrapper: {
    dataVersion: new DataVersion(1795245841146, 3, 1),
    topicConfigTable: new Map(topics.map((config) => [config.topicName, config])),
    topicQueueMappingInfoMap: new Map([['TopicA', mapping]]),
    topicQueueMappingDetailMap: new Map(),
    mappingDataVersion: new DataVersion(0),
  },
};

describe('the compressed register body', () => {
  test('may not hide millions of members where few are expected', () => {
    const whole = inflateSync(encodeCompressedRegisterBrokerBody(body));
    const version = Buffer.from(`{${Array.from({ length: 20_000 }, (_, i) => `"a${i}":0`).join(',')}}`);
    const length = Buffer.alloc(4);
    length.writeInt32BE(version.length);
    const wide = Buffer.concat([length, version, whole.subarray(4 + whole.readInt32BE(0))]);
    expect(() => decodeCompressedRegisterBrokerBody(deflateSync(wide), CURRENT_VERSION)).toThrow(MalformedDataError);
  });

  test('reads back what it writes', () => {
    expect(decodeCompressedRegisterBrokerBody(encodeCompressedRegisterBrokerBody(body), CURRENT_VERSION)).toEqual(body);
  });

  test('of a broker before 5.0 has no mappings', () => {
    const decoded = decodeCompressedRegisterBrokerBody(encodeCompressedRegisterBrokerBody(body), V4_9_4);
    expect(decoded.topicConfigSerializeWrapper.topicQueueMappingInfoMap.size).toBe(0);
    expect(decoded.topicConfigSerializeWrapper.topicConfigTable.size).toBe(2);
  });

  test('that inflates beyond the limit is refused', () => {
    const bomb = deflateSync(Buffer.alloc(100_000));
    expect(() => decodeCompressedRegisterBrokerBody(bomb, CURRENT_VERSION, 50_000)).toThrow(
      'more than 50000 bytes come out',
    );
  });

  test('that announces more than it holds is refused', () => {
    const lying = deflateSync(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    expect(() => decodeCompressedRegisterBrokerBody(lying, CURRENT_VERSION)).toThrow(MalformedDataError);
  });

  test('of any bytes gives MalformedDataError at worst', () => {
    const decode = (bytes: Uint8Array) => {
      try {
        decodeCompressedRegisterBrokerBody(bytes, CURRENT_VERSION);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedDataError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decode));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decode(deflateSync(bytes))));
  });
});
