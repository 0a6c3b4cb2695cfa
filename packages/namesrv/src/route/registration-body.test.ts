import { deflateSync, inflateSync } from 'node:zlib';
import { createTopicConfig, DataVersion, MalformedDataError, RocketMQError } from '@rocketmq-ts/common';
import { encodeCompressedRegisterBrokerBody, RegisterBrokerBody, V4_9_4 } from '@rocketmq-ts/remoting';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRegistrationBody, type RegistrationBody } from './registration-body.js';
import { RouteInfoManager } from './route-info-manager.js';

const VERSION = 513;
const LIMIT = 1024 * 1024;
const dataVersion = new DataVersion(17, 3);
const mapping = { topic: 'T1', scope: '__global__', totalQueues: 2, bname: 'a', epoch: 7, dirty: false };
const BODY: RegisterBrokerBody = {
  filterServerList: ['10.0.0.1:9'],
  topicConfigSerializeWrapper: {
    dataVersion,
    topicConfigTable: new Map(['T1', 'T2'].map((name) => [name, createTopicConfig(name, { perm: 4 })])),
    topicQueueMappingInfoMap: new Map([['T1', { ...mapping, currIdMap: new Map([[0, 1]]) }]]),
    topicQueueMappingDetailMap: new Map(),
    mappingDataVersion: dataVersion,
  },
};

function decode(body: Buffer, compressed: boolean, version = VERSION): RegistrationBody {
  return decodeRegistrationBody(body, { version, compressed, maxInflatedBytes: LIMIT });
}

describe('the body of a registration', () => {
  test('says the same as JSON and as a compressed stream', () => {
    const plain = decode(RegisterBrokerBody.encode(BODY), false);
    expect(decode(encodeCompressedRegisterBrokerBody(BODY), true)).toEqual(plain);
    expect(plain.topics.map((topic) => [topic.topicName, topic.perm])).toEqual([
      ['T1', 4],
      ['T2', 4],
    ]);
    expect(plain.mappings).toHaveLength(1);
    expect(plain.filterServers).toEqual(['10.0.0.1:9']);
    expect(plain.dataVersion.equals(dataVersion)).toBe(true);
  });

  test('is known as a stream even when the header denies it, as brokers of 5.x do', () => {
    expect(decode(encodeCompressedRegisterBrokerBody(BODY), false).topics).toHaveLength(2);
  });

  test('has no mappings in the streams of brokers before 5.0', () => {
    expect(decode(encodeCompressedRegisterBrokerBody(BODY), true, V4_9_4).mappings).toEqual([]);
  });

  test('may be missing', () => {
    const none = decodeRegistrationBody(undefined, { version: VERSION, compressed: true, maxInflatedBytes: LIMIT });
    expect(none).toMatchObject({ topics: [], mappings: [] });
  });

  test('is refused when it inflates beyond the limit', () => {
    expect(() => decode(deflateSync(Buffer.alloc(LIMIT + 1)), true)).toThrow(MalformedDataError);
  });
});

describe('hostile bodies', () => {
  const json = RegisterBrokerBody.encode(BODY);
  const stream = inflateSync(encodeCompressedRegisterBrokerBody(BODY));
  const edits = fc.array(fc.tuple(fc.nat(4096), fc.nat(255)), { minLength: 1, maxLength: 8 });
  const forms = fc.constantFrom('json', 'compressed', 'topicConfig');

  function damaged(source: Buffer, changes: [number, number][], length: number): Buffer {
    const copy = Buffer.from(source);
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return copy.subarray(0, length % (copy.length + 1));
  }

  /** What is wrong is said in one of two ways, and what is accepted can be entered and shown. */
  function enter(body: Buffer, form: string): void {
    const manager = new RouteInfoManager();
    try {
      const decoded = decode(body, form === 'compressed', form === 'topicConfig' ? 30 : VERSION);
      const broker = { clusterName: 'C', brokerName: 'a', brokerAddr: 'h:1', brokerId: 0, haServerAddr: '' };
      const rest = { zoneName: undefined, heartbeatTimeoutMs: undefined, enableActingMaster: false, channel: {} };
      manager.registerBroker({ ...broker, ...rest, ...decoded }, { nowMs: 0, deleteMissingTopics: false });
    } catch (error) {
      if (!(error instanceof MalformedDataError) && !(error instanceof RocketMQError)) throw error;
    }
    manager.allTopics();
    manager.topicRoute('T1', { supportActingMaster: true, orderTopicConf: undefined, style: 'standard' });
  }

  test('damaged ones are refused or read, never more', () => {
    fc.assert(
      fc.property(forms, edits, fc.nat(8192), (form, changes, length) => {
        const body =
          form === 'compressed' ? deflateSync(damaged(stream, changes, length)) : damaged(json, changes, length);
        enter(body, form);
      }),
      { numRuns: 2000 },
    );
  });

  test('random bytes and values are refused or read, never more', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const values = fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value)));
    const wrapped = fc
      .record({
        dataVersion: fc.jsonValue(),
        topicConfigTable: fc.jsonValue(),
        topicQueueMappingInfoMap: fc.jsonValue(),
      })
      .map((value) => Buffer.from(JSON.stringify({ topicConfigSerializeWrapper: value })));
    fc.assert(fc.property(fc.oneof(bytes, values, wrapped), forms, enter), { numRuns: 2000 });
  });
});
