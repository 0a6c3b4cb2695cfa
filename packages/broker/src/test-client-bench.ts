/** A broker and a client of it, and what tests of messages do with them: not part of the API. */
import { decodeMessages, type MessageExt } from '@rocketmq-ts/common';
import {
  GET_BROKER_RUNTIME_INFO,
  KVTable,
  PULL_MESSAGE,
  type RemotingClient,
  SEND_MESSAGE_V2,
} from '@rocketmq-ts/remoting';
import { TestBroker, type TestBrokerOptions } from './test-broker.js';

/** What tests wait for an answer, in virtual time. */
export const timeoutMs = 3000;

/** What a message is sent with, unless a test says otherwise: to queue 0 of topic T. */
const SEND_HEADER = {
  producerGroup: 'P',
  topic: 'T',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 1,
  queueId: 0,
  sysFlag: 0,
  bornTimestamp: 1,
  flag: 0,
  properties: '',
};

export class TestClientBench {
  readonly broker: TestBroker;
  readonly client: RemotingClient;

  protected constructor(broker: TestBroker) {
    this.broker = broker;
    this.client = broker.client();
  }

  protected static startBroker(
    overrides: Parameters<typeof TestBroker.start>[0],
    options: TestBrokerOptions = {},
  ): Promise<TestBroker> {
    return TestBroker.start(overrides, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.broker.stop();
  }

  /** The header of a send. */
  header(given: Partial<typeof SEND_HEADER> & { reconsumeTimes?: number; maxReconsumeTimes?: number } = {}) {
    return { ...SEND_HEADER, ...given };
  }

  sendWith(header: ReturnType<TestClientBench['header']>, body = 'hello') {
    return this.client.invoke(this.broker.address, SEND_MESSAGE_V2, header, { timeoutMs, body: Buffer.from(body) });
  }

  /** The first messages of a queue. */
  async pull(topic = 'T', queueId = 0): Promise<MessageExt[]> {
    const header = {
      consumerGroup: 'TOOLS_CONSUMER',
      topic,
      queueId,
      queueOffset: 0,
      maxMsgNums: 32,
      sysFlag: 4,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
    };
    const answer = await this.client.invoke(this.broker.address, PULL_MESSAGE, header, { timeoutMs });
    return decodeMessages(Buffer.from(answer.body ?? [])).messages;
  }

  /** What the broker says of itself. */
  async runtimeInfo(): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.client.invoke(this.broker.address, GET_BROKER_RUNTIME_INFO, undefined, { timeoutMs });
    return KVTable.decode(body!).table;
  }
}
