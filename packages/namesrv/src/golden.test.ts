// What the reference's name server answered to the same bytes. The recording keeps only some of the requests, so
// figures and lists that depend on all of them are compared by their form; everything else by value.
import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonValue, parseJson, readProperties } from '@rocketmq-ts/common';
import {
  decodeCommand,
  PUT_KV_CONFIG,
  REGISTER_TOPIC_IN_NAMESRV,
  type RemotingCommand,
  TopicRouteData,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import { TestNamesrv } from './test-namesrv.js';

interface Pair {
  readonly set: string;
  readonly id: number;
  readonly name: string;
  readonly scenario: string;
  /** Whole frames, base64. */
  readonly request: string;
  readonly response: string;
}

const pairs: Pair[] = readFileSync(new URL('testdata/pairs.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const COUNTS = ['wipeTopicCount', 'addTopicCount'];
/** Differ with the machine that was recorded. */
const LOCAL_KEYS = ['configStorePath', 'kvConfigPath', 'listenPort', 'rocketmqHome'];

describe.each(['json', 'rocketmq'])('with %s headers', (set) => {
  test('the recorded requests are answered as they were', async () => {
    await using ns = await TestNamesrv.start();
    const connection = await ns.connect();
    await enterWhatTheRecordingLacks(ns, 'before');
    for (const pair of pairs.filter((one) => one.set === set)) {
      const frame = Buffer.from(pair.response, 'base64');
      const expected = decodeCommand(frame, 4, frame.length);
      const actual = await connection.ask(Buffer.from(pair.request, 'base64'));
      expect(formOf(pair, actual), `${pair.id} ${pair.name} (${pair.scenario})`).toEqual(formOf(pair, expected));
      if (pair.name === 'REGISTER_BROKER') await enterWhatTheRecordingLacks(ns, 'afterRegistration');
    }
    connection.close();
  });
});

async function enterWhatTheRecordingLacks(ns: TestNamesrv, when: 'before' | 'afterRegistration'): Promise<void> {
  const client = ns.client();
  const timeoutMs = 1000;
  if (when === 'before') {
    await client.invoke(ns.address, PUT_KV_CONFIG, { namespace: 'N', key: 'k', value: 'v' }, { timeoutMs });
  } else {
    for (const topic of ['TopicReset', 'TopicRpc']) {
      const queues = { brokerName: 'broker-g', readQueueNums: 2, writeQueueNums: 2, perm: 6, topicSysFlag: 0 };
      const body = TopicRouteData.encode({ queueDatas: [queues], brokerDatas: [], filterServerTable: new Map() });
      await client.invoke(ns.address, REGISTER_TOPIC_IN_NAMESRV, { topic }, { timeoutMs, body });
    }
  }
  client.close();
}

function formOf(pair: Pair, answer: RemotingCommand): unknown {
  const ext = Object.fromEntries(
    Object.entries(answer.ext).map(([key, value]) => [key, COUNTS.includes(key) && value !== '0' ? '*' : value]),
  );
  return { code: answer.code, remark: remarkOf(pair, answer), ext, body: bodyOf(pair, answer.body?.toString()) };
}

/** Requests without any field make the reference fail with a NullPointerException, or, once, with a remark of its own. */
function remarkOf(pair: Pair, { code, remark }: RemotingCommand): string | undefined {
  return pair.scenario.startsWith('empty requests') && code === 1 ? '*' : remark;
}

function bodyOf(pair: Pair, text: string | undefined): unknown {
  switch (pair.name) {
    // Whether ORDER_TOPIC_CONFIG had keys once is not in the recording.
    case 'REGISTER_BROKER':
      return '*';
    case 'GET_NAMESRV_CONFIG':
      return [...readProperties(text ?? '')].filter(([key]) => !LOCAL_KEYS.includes(key));
    case 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER':
    case 'GET_TOPICS_BY_CLUSTER':
    case 'QUERY_DATA_VERSION':
      return text === undefined ? undefined : memberNames(parseJson(text));
    case 'GET_SYSTEM_TOPIC_LIST_FROM_NS':
      return sortedLists(parseJson(text ?? ''));
    default:
      // The text itself: also its style, bare number keys or quoted ones.
      return text;
  }
}

function memberNames(value: JsonValue): string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}

function sortedLists(value: JsonValue): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, Array.isArray(member) ? [...member].sort() : member]),
  );
}
