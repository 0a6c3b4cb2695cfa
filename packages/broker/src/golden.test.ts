// What the reference's broker answered to the same bytes: the recorded requests whose answers do not depend on the
// messages and clients that were there then.
import { readFileSync } from 'node:fs';
import { createSubscriptionGroupConfig, createTopicConfig } from '@rocketmq-ts/common';
import {
  CreateTopicListRequestBody,
  decodeCommand,
  type RemotingCommand,
  SubscriptionGroupList,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  UPDATE_AND_CREATE_TOPIC_LIST,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import { TestBroker } from './test-broker.js';

interface Pair {
  readonly set: string;
  readonly link: string;
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

describe.each(['json', 'rocketmq'])('with %s headers', (set) => {
  test('the recorded requests are answered as they were', async () => {
    await using test = await TestBroker.start({
      broker: { brokerName: 'broker-g', enablePropertyFilter: true, autoCreateSubscriptionGroup: false },
    });
    await enterWhatTheRecordingLacks(test);
    const main = await test.connect();
    const fast = await test.connect(test.broker.port - 2);
    for (const pair of pairs.filter((one) => one.set === set)) {
      const frame = Buffer.from(pair.response, 'base64');
      const expected = decodeCommand(frame, 4, frame.length);
      const connection = pair.link === 'broker' ? main : fast;
      const actual = await connection.ask(Buffer.from(pair.request, 'base64'));
      expect(formOf(pair, actual), `${pair.id} ${pair.name} (${pair.scenario})`).toEqual(formOf(pair, expected));
    }
    main.close();
    fast.close();
  });
});

function formOf(pair: Pair, { code, remark, ext, body }: RemotingCommand): unknown {
  // What a parser expected is in its own words.
  const shownRemark = pair.name === 'CHECK_CLIENT_CONFIG' && code !== 0 ? '*' : remark;
  return { code, remark: shownRemark, ext: { ...ext }, body: body?.toString() ?? '' };
}

/** Only some of the requests were kept: these topics and groups were made by others. */
async function enterWhatTheRecordingLacks(test: TestBroker): Promise<void> {
  const client = test.client();
  const queues = { readQueueNums: 2, writeQueueNums: 2 };
  const topics = ['TopicPop', 'TopicReset', 'TopicRpc'].map((name) => createTopicConfig(name, queues));
  const groups = ['GC_pop_push', 'GC_pull'].map((name) => createSubscriptionGroupConfig(name));
  await client.invoke(
    test.address,
    UPDATE_AND_CREATE_TOPIC_LIST,
    {},
    {
      timeoutMs: 1000,
      body: CreateTopicListRequestBody.encode({ topicConfigList: topics }),
    },
  );
  await client.invoke(test.address, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, undefined, {
    timeoutMs: 1000,
    body: SubscriptionGroupList.encode({ groupConfigList: groups }),
  });
  client.close();
}
