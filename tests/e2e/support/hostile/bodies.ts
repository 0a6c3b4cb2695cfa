// Bodies that are wrong: batches, JSON documents, compressed registrations, properties and flags of messages.
import { deflateSync } from 'node:zlib';
import { encodeRequest } from '../frame.js';
import type { SeededRandom } from '../random.js';
import { batchItem, propertiesText, sendRequest } from '../requests.js';
import { type HostileCase, type HostileGroup, shown } from './hostile-case.js';

/** Requests of the broker whose body is JSON. */
export const JSON_BODY_CODES = [18, 34, 41, 42, 46, 200, 225, 400, 401];

/** Where malformed batches are sent; what is stored there must be readable. */
export const BATCH_TOPIC = 'hostile-batch';

/** Batches that are cut, or whose lengths lie. */
export function brokenBatches(random: SeededRandom, count: number): HostileGroup {
  const cases = Array.from({ length: count }, (_, index): HostileCase => {
    const body = brokenBatch(random, index);
    const header = sendRequest({ topic: BATCH_TOPIC, queueId: 0, key: 'k', body });
    const request = { code: 320, ext: { ...header.ext, m: 'true', i: '' }, body };
    return {
      name: `batch ${body.toString('hex', 0, 40)} (${body.length})`,
      link: 'broker',
      owed: 'answer',
      bytes: (opaque) => encodeRequest(request, opaque),
    };
  });
  return { cases };
}

function brokenBatch(random: SeededRandom, index: number): Buffer {
  const items = Array.from({ length: random.between(1, 5) }, (_, i) =>
    batchItem(random.bytes(random.between(0, 60)), propertiesText({ KEYS: `b${index}-${i}` })),
  );
  const whole = Buffer.concat(items);
  const first = items[0]!;
  const lie = random.pick([-1, 0, 1, 3, 21, 0x7fffffff, -0x80000000, 1000, first.length - 1, first.length + 1]);
  const bodyLength = first.readInt32BE(16);
  switch (index % 6) {
    case 0:
      return whole.subarray(0, random.between(0, whole.length - 1));
    case 1:
      whole.writeInt32BE(lie, 0);
      return whole;
    case 2:
      whole.writeInt32BE(lie, 16);
      return whole;
    case 3:
      whole.writeInt16BE(random.pick([-1, 0x7fff, -0x8000, 1, 200]), 20 + bodyLength);
      return whole;
    case 4:
      return Buffer.concat([whole, random.bytes(random.between(1, 30))]);
    default:
      return random.bytes(random.between(0, 200));
  }
}

/** Whether a batch is whole by the published layout. */
export function isWholeBatch(body: Buffer): boolean {
  let at = 0;
  while (at < body.length) {
    if (body.length - at < 22) return false;
    const size = body.readInt32BE(at);
    const bodyLength = body.readInt32BE(at + 16);
    if (bodyLength < 0 || size < 22 + bodyLength || at + size > body.length) return false;
    if (size !== 22 + bodyLength + body.readInt16BE(at + 20 + bodyLength)) return false;
    at += size;
  }
  return body.length > 0;
}

const ODD_TEXTS = [
  'null',
  '[]',
  '{}',
  '1',
  '"x"',
  '{',
  '{"clientID":null}',
  '{"clientID":{}}',
  '{"clientID":"c","consumerDataSet":{}}',
  '{"clientID":"c","consumerDataSet":[null]}',
  '{"clientID":"c","producerDataSet":[{"groupName":"../../escaped"}]}',
  '{"clientID":"c","consumerDataSet":[{"groupName":"../../escaped","subscriptionDataSet":[{"topic":"../../escaped","subString":"*"}]}]}',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"@type":"java.lang.Runtime"}',
  '{"$ref":"$"}',
  '{"consumerGroup":"../../escaped","clientId":"x","mqSet":[{"topic":"../../escaped","brokerName":"b","queueId":-1}]}',
  '{"groupName":"../../escaped"}',
  '{"topicConfigList":[{"topicName":"../../escaped"}]}',
  '{"topicConfigList":[{"topicName":"hostile-many","readQueueNums":2147483647,"writeQueueNums":2147483647,"perm":6}]}',
  '{"mqSet":{}}',
  '\ufeff{}',
  '{"a":1e999}',
];

/** JSON bodies of other shapes than expected. */
export function oddJsonBodies(random: SeededRandom, rounds: number): HostileGroup {
  const cases: HostileCase[] = [];
  for (const code of JSON_BODY_CODES) {
    for (const text of ODD_TEXTS) cases.push(bodyCase(code, Buffer.from(text), shown(text)));
    for (let i = 0; i < rounds; i++) {
      const text = Buffer.from(random.pick(ODD_TEXTS));
      if (text.length > 0) text[random.below(text.length)] = random.below(256);
      cases.push(bodyCase(code, text, shown(text.toString('latin1'))));
    }
    cases.push(bodyCase(code, Buffer.alloc(0), 'no body'));
    cases.push(bodyCase(code, random.bytes(500), 'random bytes'));
    cases.push(bodyCase(code, Buffer.from(sqlHeartbeat('('.repeat(50_000))), 'a deep filter'));
    cases.push(bodyCase(code, Buffer.from(sqlHeartbeat('a>1 AND '.repeat(20_000))), 'a long filter'));
    cases.push(bodyCase(code, Buffer.from(manySubscriptions()), 'ten thousand subscriptions'));
  }
  return { cases, lanes: 4 };
}

function bodyCase(code: number, body: Buffer, what: string): HostileCase {
  return {
    name: `${code} with body ${what}`,
    link: 'broker',
    owed: 'answer',
    bytes: (opaque) => encodeRequest({ code, body }, opaque),
  };
}

function sqlHeartbeat(expression: string): string {
  const subscriptionDataSet = [
    { topic: 'hostile-topic', subString: expression, expressionType: 'SQL92', subVersion: 1, tagsSet: [], codeSet: [] },
  ];
  const consumerDataSet = [
    {
      groupName: 'hostile-sql',
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      subscriptionDataSet,
      unitMode: false,
    },
  ];
  return JSON.stringify({ clientID: 'hostile@1', consumerDataSet, producerDataSet: [] });
}

function manySubscriptions(): string {
  const subscriptionDataSet = Array.from({ length: 10_000 }, (_, i) => ({
    topic: `hostile-t${i}`,
    subString: '*',
    subVersion: 1,
  }));
  return JSON.stringify({
    clientID: 'hostile@2',
    consumerDataSet: [{ groupName: 'hostile-many', subscriptionDataSet }],
  });
}

/** Registrations of brokers whose compressed body is cut, lies, or inflates to far more than it seems. */
export function badRegistrations(random: SeededRandom, count: number): HostileGroup {
  const bomb = deflateSync(Buffer.alloc(256 * 1024 * 1024), { level: 1 });
  const version = Buffer.from('{"counter":1,"stateVersion":0,"timestamp":1}');
  const cases = Array.from({ length: count }, (_, index): HostileCase => {
    const lie = random.pick([-1, 0, 1, 0x7fffffff, -0x80000000, 10_000_000]);
    const inner = Buffer.concat([
      int(version.length),
      version,
      int(1),
      int(6),
      Buffer.from('T 4 4 6'),
      int(2),
      Buffer.from('[]'),
      int(0),
    ]);
    let body: Buffer = deflateSync(
      Buffer.concat([int(lie), version, int(lie), inner.subarray(0, random.below(inner.length))]),
    );
    if (index % 4 === 1) body = deflateSync(inner).subarray(0, random.between(0, 30));
    if (index % 4 === 2) body = random.bytes(random.below(300));
    if (index % 25 === 3) body = bomb;
    const ext = {
      brokerName: `hostile-${index % 50}`,
      brokerAddr: `127.0.0.1:${index % 60_000}`,
      clusterName: 'hostile',
      haServerAddr: '127.0.0.1:1',
      brokerId: '0',
      compressed: 'true',
      bodyCrc32: '0',
    };
    return {
      name: `registration ${index % 4} of ${body.length} bytes, ${lie}`,
      link: 'namesrv',
      owed: 'answer',
      bytes: (opaque) => encodeRequest({ code: 103, ext, body }, opaque),
    };
  });
  return { cases, lanes: 4 };
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const PROPERTIES = [
  'x'.repeat(32_767),
  'x'.repeat(32_768),
  'a\u0001b\u0002'.repeat(10_000),
  '\u0001\u0002',
  '\u0001',
  '\u0002\u0002',
  'DELAY\u0001999\u0002',
  'DELAY\u0001-1\u0002',
  'DELAY\u0001x\u0002',
  'TIMER_DELIVER_MS\u00019223372036854775807\u0002',
  'TIMER_DELAY_SEC\u0001-5\u0002',
  'TRAN_MSG\u0001true\u0002',
  'INNER_MULTI_DISPATCH\u0001%LMQ%../../escaped\u0002',
  'INNER_NUM\u0001-1\u0002',
  'WAIT\u0001x\u0002',
  '__proto__\u00011\u0002',
  'KEYS\u0001',
  'TAGS\u0001\ud800\u0002',
  '_SYS_MSG_PRIORITY_\u000199999999999\u0002',
  '__LITE_TOPIC\u0001../../escaped\u0002',
  'CLUSTER\u0001x\u0002',
  'UNIQ_KEY\u0001../..\u0002',
  'é'.repeat(16_000),
];
const SYS_FLAGS = ['0', '1', '2', '4', '8', '12', '16', '32', '64', '128', '257', '513', '1793', '-1', '2147483647'];

/** Sends whose properties, flags, queue or size are out of bounds, to a topic of their own. */
export function badSends(random: SeededRandom, count: number): HostileGroup {
  const large = Buffer.alloc(4 * 1024 * 1024 + 1);
  const cases = Array.from({ length: count }, (_, index): HostileCase => {
    const body = index % 100 === 99 ? large : random.bytes(random.below(200));
    const message = { topic: 'hostile-send', queueId: random.pick([0, 1, -1, 99]), key: 'k', body };
    const ext = { ...sendRequest(message).ext, i: random.pick(PROPERTIES), f: random.pick(SYS_FLAGS) };
    const binary = random.below(2) === 0;
    const name = `send i=${shown(ext.i)} f=${ext.f} queue ${message.queueId}, ${body.length} bytes`;
    return {
      name,
      link: 'broker',
      owed: 'answer',
      bytes: (opaque) => encodeRequest({ code: 310, ext, body, binary }, opaque),
    };
  });
  return { cases };
}
