import { readFileSync } from 'node:fs';
import { MalformedDataError, parseJson } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BodySchema } from './body-schema.js';
import * as bodies from './index.js';

type AnySchema = BodySchema<unknown>;

function testdata(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

function isSchema(value: unknown): value is AnySchema {
  return typeof value === 'object' && value !== null && 'decode' in value;
}

const SCHEMAS = (Object.values(bodies) as unknown[]).filter(isSchema);

/** Which body each recorded request or response carries. */
const BODY_OF: Readonly<Record<string, AnySchema>> = {
  'CHECK_CLIENT_CONFIG request': bodies.CheckClientRequestBody,
  'CONSUME_MESSAGE_DIRECTLY response': bodies.ConsumeMessageDirectlyResult,
  'GET_ALL_CONSUMER_OFFSET response': bodies.ConsumerOffsetSerializeWrapper,
  'GET_ALL_DELAY_OFFSET response': bodies.DelayOffsetSerializeWrapper,
  'GET_ALL_MESSAGE_REQUEST_MODE response': bodies.MessageRequestModeSerializeWrapper,
  'GET_ALL_PRODUCER_INFO response': bodies.ProducerTableInfo,
  'GET_ALL_SUBSCRIPTIONGROUP_CONFIG response': bodies.SubscriptionGroupWrapper,
  'GET_ALL_TOPIC_CONFIG response': bodies.TopicConfigAndMappingSerializeWrapper,
  'GET_ALL_TOPIC_LIST_FROM_NAMESERVER response': bodies.TopicList,
  'GET_BROKER_CLUSTER_INFO response': bodies.ClusterInfo,
  'GET_BROKER_CONSUME_STATS response': bodies.ConsumeStatsList,
  'GET_BROKER_HA_STATUS response': bodies.HARuntimeInfo,
  'GET_BROKER_MEMBER_GROUP response': bodies.GetBrokerMemberGroupResponseBody,
  'GET_BROKER_RUNTIME_INFO response': bodies.KVTable,
  'GET_CONSUMER_CONNECTION_LIST response': bodies.ConsumerConnection,
  'GET_CONSUMER_LIST_BY_GROUP response': bodies.GetConsumerListByGroupResponseBody,
  'GET_CONSUMER_RUNNING_INFO response': bodies.ConsumerRunningInfo,
  'GET_CONSUMER_STATUS_FROM_CLIENT response': bodies.GetConsumerStatusBody,
  'GET_CONSUME_STATS response': bodies.ConsumeStats,
  'GET_HAS_UNIT_SUB_TOPIC_LIST response': bodies.TopicList,
  'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST response': bodies.TopicList,
  'GET_KVLIST_BY_NAMESPACE response': bodies.KVTable,
  'GET_PRODUCER_CONNECTION_LIST response': bodies.ProducerConnection,
  'GET_ROUTEINFO_BY_TOPIC response': bodies.TopicRouteData,
  'GET_SUBSCRIPTIONGROUP_CONFIG response': bodies.SubscriptionGroupConfigBody,
  'GET_SYSTEM_TOPIC_LIST_FROM_BROKER response': bodies.TopicList,
  'GET_SYSTEM_TOPIC_LIST_FROM_NS response': bodies.TopicList,
  'GET_TIMER_METRICS response': bodies.TimerMetricsSerializeWrapper,
  'GET_TOPICS_BY_CLUSTER response': bodies.TopicList,
  'GET_TOPIC_CONFIG response': bodies.TopicConfigAndQueueMapping,
  'GET_TOPIC_STATS_INFO response': bodies.TopicStatsTable,
  'GET_UNIT_TOPIC_LIST response': bodies.TopicList,
  'HEART_BEAT request': bodies.HeartbeatData,
  'INVOKE_BROKER_TO_GET_CONSUMER_STATUS response': bodies.GetConsumerStatusBody,
  'INVOKE_BROKER_TO_RESET_OFFSET response': bodies.ResetOffsetBody,
  'LOCK_BATCH_MQ request': bodies.LockBatchRequestBody,
  'LOCK_BATCH_MQ response': bodies.LockBatchResponseBody,
  'QUERY_ASSIGNMENT request': bodies.QueryAssignmentRequestBody,
  'QUERY_ASSIGNMENT response': bodies.QueryAssignmentResponseBody,
  'QUERY_CONSUME_QUEUE response': bodies.QueryConsumeQueueResponseBody,
  'QUERY_CONSUME_TIME_SPAN response': bodies.QueryConsumeTimeSpanBody,
  'QUERY_CORRECTION_OFFSET response': bodies.QueryCorrectionOffsetBody,
  'QUERY_DATA_VERSION request': bodies.DataVersionBody,
  'QUERY_DATA_VERSION response': bodies.DataVersionBody,
  'QUERY_SUBSCRIPTION_BY_CONSUMER response': bodies.QuerySubscriptionResponseBody,
  'QUERY_TOPICS_BY_CONSUMER response': bodies.TopicList,
  'QUERY_TOPIC_CONSUME_BY_WHO response': bodies.GroupList,
  'REGISTER_BROKER request': bodies.RegisterBrokerBody,
  'REGISTER_BROKER response': bodies.KVTable,
  'RESET_CONSUMER_CLIENT_OFFSET request': bodies.ResetOffsetBody,
  'SET_MESSAGE_REQUEST_MODE request': bodies.SetMessageRequestModeRequestBody,
  'UNLOCK_BATCH_MQ request': bodies.UnlockBatchRequestBody,
  'UPDATE_AND_CREATE_STATIC_TOPIC request': bodies.TopicQueueMappingDetail,
  'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP request': bodies.SubscriptionGroupConfigBody,
  'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST request': bodies.SubscriptionGroupList,
  'UPDATE_AND_CREATE_TOPIC_LIST request': bodies.CreateTopicListRequestBody,
  'UPDATE_AND_GET_GROUP_FORBIDDEN response': bodies.GroupForbidden,
  'VIEW_BROKER_STATS_DATA response': bodies.BrokerStatsData,
};

/** Recorded bodies that no one declares yet: lite topics, pop, access control, and texts made by hand in the reference. */
const NOT_DECLARED = [
  'AUTH_',
  'BATCH_ACK_MESSAGE',
  'LITE_SUBSCRIPTION_CTL',
  'GET_LITE_',
  'GET_BROKER_LITE_INFO',
  'GET_PARENT_TOPIC_INFO',
  'GET_COLD_DATA_FLOW_CTR_INFO',
  'CHECK_ROCKSDB_CQ_WRITE_PROGRESS',
];

/** The reference sends its whole manager here, with members that nobody reads. */
const WITH_MORE_MEMBERS = new Set(['GET_ALL_CONSUMER_OFFSET response']);

interface SeenBody {
  name: string;
  direction: string;
  /** Sent by a script of the recording, not by the reference's own code. */
  byHand: boolean;
  strict: boolean;
  body: string;
}

const seen = testdata('bodies-seen.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SeenBody);

describe('recorded bodies of the reference', () => {
  test('are all declared', () => {
    const strangers = seen
      .map(({ name, direction }) => `${name} ${direction}`)
      .filter((key) => BODY_OF[key] === undefined && !NOT_DECLARED.some((prefix) => key.startsWith(prefix)));
    expect([...new Set(strangers)]).toEqual([]);
  });

  test.each(Object.entries(BODY_OF))('%s reads, and writes back to the same text', (key, schema) => {
    for (const { name, direction, byHand, strict, body } of seen) {
      if (`${name} ${direction}` !== key) continue;
      const written = schema.encode(schema.decode(Buffer.from(body)), { style: strict ? 'standard' : 'fastjson' });
      if (byHand || WITH_MORE_MEMBERS.has(key))
        expect(schema.decode(written)).toEqual(schema.decode(Buffer.from(body)));
      else expect(written.toString()).toBe(body);
    }
  });
});

interface ReferenceBody {
  fields: string[];
  empty: string | null;
}

const reference = JSON.parse(testdata('bodies.json')) as Record<string, ReferenceBody>;
/** Bodies without a class in the reference's protocol module. */
const NO_CLASS = new Set([
  'DelayOffsetSerializeWrapper',
  'LmqConsumerOffsetSerializeWrapper',
  'MessageQueueAssignment',
  'Metric',
  'TimerMetricsSerializeWrapper',
  'TopicConfigAndQueueMapping',
]);

describe('every declared body', () => {
  test.each(SCHEMAS.map((schema) => [schema.name, schema] as const))(
    '%s has the members of the reference',
    (name, schema) => {
      if (NO_CLASS.has(name)) return;
      const empty = reference[name]?.empty;
      if (empty === undefined) expect(Object.keys(reference)).toContain(name);
      if (empty === null || empty === undefined) return;
      const members = Object.keys(parseJson(empty) as object);
      try {
        const written = parseJson(schema.encode(schema.decode(Buffer.from(empty)))) as object;
        expect(Object.keys(written)).toEqual(expect.arrayContaining(members));
      } catch (error) {
        // An empty object of the reference may lack a name that no real one lacks.
        if (!(error instanceof MalformedDataError)) throw error;
      }
    },
  );

  test.each(SCHEMAS.map((schema) => [schema.name, schema] as const))(
    '%s refuses foreign JSON with MalformedDataError only',
    (_name, schema) => {
      const tryDecode = (body: string | Uint8Array) => {
        try {
          schema.decode(Buffer.from(body));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDataError);
        }
      };
      fc.assert(fc.property(fc.json(), tryDecode), { numRuns: 30 });
      fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), tryDecode), { numRuns: 20 });
      const members = Object.keys(
        schema.name in reference ? (parseJson(reference[schema.name]!.empty ?? '{}') as object) : {},
      );
      const damaged = fc.record(Object.fromEntries(members.map((name) => [name, fc.jsonValue()])), {
        requiredKeys: [],
      });
      fc.assert(
        fc.property(damaged, (value) => tryDecode(JSON.stringify(value))),
        { numRuns: 50 },
      );
    },
  );

  test('needs a body', () => {
    for (const schema of SCHEMAS) expect(() => schema.decode(undefined), schema.name).toThrow(MalformedDataError);
  });
});

describe('reading', () => {
  test('ends at 64 levels', () => {
    const deep = `{"table":${'['.repeat(70)}${']'.repeat(70)}}`;
    expect(() => bodies.KVTable.decode(Buffer.from(deep))).toThrow('nested deeper than 64 levels');
  });

  test('treats __proto__ as a key like any other', () => {
    const { table } = bodies.KVTable.decode(Buffer.from('{"table":{"__proto__":"x"},"__proto__":{"y":1}}'));
    expect([...table]).toEqual([['__proto__', 'x']]);
    expect(({} as Record<string, unknown>).y).toBeUndefined();
  });

  test('names the member that is wrong', () => {
    const wrong = '{"brokerDatas":[],"queueDatas":[{"brokerName":"a","perm":"six"}]}';
    expect(() => bodies.TopicRouteData.decode(Buffer.from(wrong))).toThrow(
      "TopicRouteData.queueDatas.perm: a whole number is expected, not 'six'",
    );
  });

  test('takes 64-bit numbers beyond 2^53 as the largest that fits', () => {
    const body = '{"correctionOffsets":{0:9223372036854775807}}';
    expect(bodies.QueryCorrectionOffsetBody.decode(Buffer.from(body)).correctionOffsets.get(0)).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  test('takes queue keys as objects and as text', () => {
    const queue = { brokerName: 'b', queueId: 1, topic: 'T' };
    const body = { offsetTable: new Map([[queue, 7]]) };
    const asObject = bodies.ResetOffsetBody.encode(body);
    const asText = bodies.ResetOffsetBody.encode(body, { style: 'standard' });
    expect(asObject.toString()).toBe('{"offsetTable":{{"brokerName":"b","queueId":1,"topic":"T"}:7}}');
    expect(() => JSON.parse(asText.toString())).not.toThrow();
    for (const bytes of [asObject, asText]) {
      expect([...bodies.ResetOffsetBody.decode(bytes).offsetTable]).toEqual([[queue, 7]]);
    }
  });
});

describe('a route', () => {
  const route: bodies.TopicRouteData = {
    queueDatas: [],
    brokerDatas: [
      {
        brokerName: 'b',
        enableActingMaster: false,
        brokerAddrs: new Map([
          [1, 'y:2'],
          [0, 'x:1'],
        ]),
      },
    ],
    filterServerTable: new Map(),
  };

  test('has bare number keys for clients that want them', () => {
    expect(bodies.TopicRouteData.encode(route).toString()).toContain('"brokerAddrs":{1:"y:2",0:"x:1"}');
  });

  test('is strict and sorted for clients that say so', () => {
    expect(bodies.TopicRouteData.encode(route, { style: 'standard' }).toString()).toContain(
      '"brokerAddrs":{"0":"x:1","1":"y:2"}',
    );
  });
});

test('the fingerprint of a heartbeat is that of the reference', () => {
  const { json, fingerprint } = JSON.parse(testdata('heartbeat.json')) as { json: string; fingerprint: number };
  expect(bodies.heartbeatFingerprint(bodies.HeartbeatData.decode(Buffer.from(json)))).toBe(fingerprint);
});
