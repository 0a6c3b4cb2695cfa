/** A broker made of little more than arrays, on a simulated network, for the tests of this package. */
import {
  decodeProperties,
  decodeRecallMessageHandle,
  HostAddress,
  messageQueueKey,
  readBatchBody,
  silentLogger,
  Turn,
} from '@rocketmq-ts/common';
import {
  type Answer,
  CHECK_CLIENT_CONFIG,
  CheckClientRequestBody,
  CONSUMER_SEND_MSG_BACK,
  codecOf,
  Dispatcher,
  END_TRANSACTION,
  type Exchange,
  GET_CONSUMER_LIST_BY_GROUP,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  GetConsumerListByGroupResponseBody,
  HEART_BEAT,
  LITE_PULL_MESSAGE,
  LOCK_BATCH_MQ,
  LockBatchRequestBody,
  LockBatchResponseBody,
  type Processor,
  PULL_MESSAGE,
  PUSH_REPLY_MESSAGE_TO_CLIENT,
  processor,
  QUERY_CONSUMER_OFFSET,
  RECALL_MESSAGE,
  RemotingServer,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  SEND_REPLY_MESSAGE_V2,
  type SendMessageRequestHeaderV2,
  type SendMessageResponseHeader,
  UNLOCK_BATCH_MQ,
  UNREGISTER_CLIENT,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/remoting';
import type { MemoryNet, MemoryNetwork, VirtualClock } from '@rocketmq-ts/testkit';
import { FakeMembers } from './test-broker-members.js';
import { FakeStore } from './test-broker-store.js';
import { FakeTransactions } from './test-broker-transactions.js';

const BROKER_PORT = 10911;
const CLIENT = '10.0.1.1';
const LANES = { all: 100_000 };

/** Answers a send instead of the broker; undefined lets the broker do it. */
export type SendRule = (header: SendMessageRequestHeaderV2, brokerName: string) => Answer | 'silence' | undefined;

/** One broker: queues are arrays of encoded records. */
export class FakeBroker {
  readonly offsets = new Map<string, number>();
  readonly locks = new Map<string, string>();
  readonly store: FakeStore;
  readonly members = new FakeMembers();
  readonly transactions: FakeTransactions;
  sendRule: SendRule | undefined;
  /** Ids of messages that cannot be recalled. */
  readonly recalled = new Set<string>();
  /** SQL expressions that are refused. */
  readonly refused = new Set<string>();
  readonly net: MemoryNet;
  readonly #clock: VirtualClock;

  constructor(
    { clock, network }: { readonly clock: VirtualClock; readonly network: MemoryNetwork },
    readonly name: string,
    readonly host: string,
  ) {
    this.#clock = clock;
    this.net = network.host(host);
    const address = HostAddress.of(host, BROKER_PORT);
    const { members } = this;
    this.store = new FakeStore(clock, name, address);
    this.transactions = new FakeTransactions(name, address, { store: this.store, members });
  }

  get address(): string {
    return `${this.host}:${BROKER_PORT}`;
  }

  async start(): Promise<void> {
    const clock = this.#clock;
    const dispatcher = new Dispatcher({ logger: silentLogger, processors: this.#processors(), lanes: LANES });
    const server = new RemotingServer({
      clock,
      net: this.net,
      turn: new Turn(clock),
      logger: silentLogger,
      host: this.host,
      port: BROKER_PORT,
      dispatcher,
      onConnectionClosed: (connection) => this.members.left(connection),
    });
    await server.start();
  }

  /** As `kill -9`: what is stored stays, connections and members do not. */
  kill(): void {
    this.net.killProcess();
    this.members.clear();
    this.store.forgetWaiting();
  }

  /** Bodies of all messages of a topic, sorted. */
  bodies(topic: string): string[] {
    return this.store.bodies(topic);
  }

  #processors(): Processor[] {
    const ok = { code: ResponseCode.SUCCESS };
    return [
      processor(SEND_MESSAGE_V2, 'all', (header, exchange) => this.#send(header, exchange)),
      processor(SEND_BATCH_MESSAGE, 'all', (header, exchange) => this.#send(header, exchange)),
      processor(SEND_REPLY_MESSAGE_V2, 'all', (header, exchange) => this.#reply(header, exchange)),
      processor(END_TRANSACTION, 'all', (header, { command }) => this.transactions.end(header, command.remark)),
      processor(RECALL_MESSAGE, 'all', ({ recallHandle }) => {
        const msgId = decodeRecallMessageHandle(recallHandle)?.messageId ?? '';
        if (!this.recalled.has(msgId)) return { ...ok, header: { msgId }, ext: { MSG_REGION: 'here' } };
        return { code: ResponseCode.SYSTEM_ERROR, remark: 'too late', ext: { MSG_REGION: 'here' } };
      }),
      processor(CHECK_CLIENT_CONFIG, 'all', (_header, { command }) => {
        const { subscriptionData } = CheckClientRequestBody.decode(command.body);
        if (!this.refused.has(subscriptionData?.subString ?? '')) return ok;
        return { code: ResponseCode.SUBSCRIPTION_PARSE_FAILED, remark: 'no such expression' };
      }),
      processor(PULL_MESSAGE, 'all', (header, exchange) => this.store.pull(header, exchange)),
      processor(LITE_PULL_MESSAGE, 'all', (header, exchange) => this.store.pull(header, exchange)),
      processor(HEART_BEAT, 'all', (_header, exchange) => this.members.heartbeat(exchange)),
      processor(UNREGISTER_CLIENT, 'all', (_header, { connection }) => {
        this.members.left(connection);
        return ok;
      }),
      processor(GET_CONSUMER_LIST_BY_GROUP, 'all', ({ consumerGroup }) => {
        const body = GetConsumerListByGroupResponseBody.encode({
          consumerIdList: this.members.clientIds(consumerGroup),
        });
        return { ...ok, body };
      }),
      processor(QUERY_CONSUMER_OFFSET, 'all', ({ consumerGroup, topic, queueId }) => {
        const offset = this.offsets.get(`${consumerGroup} ${topic} ${queueId}`);
        return offset === undefined ? { code: ResponseCode.QUERY_NOT_FOUND } : { ...ok, header: { offset } };
      }),
      processor(UPDATE_CONSUMER_OFFSET, 'all', async ({ consumerGroup, topic, queueId, commitOffset }) => {
        const known = [...this.offsets.keys()].filter((key) => key.startsWith(`${consumerGroup} ${topic} `));
        await Promise.resolve();
        // As in the reference: whoever was the first at the beginning is the only one at the end.
        if (known.length === 0)
          for (const queue of [0, 1, 2, 3]) this.offsets.delete(`${consumerGroup} ${topic} ${queue}`);
        this.offsets.set(`${consumerGroup} ${topic} ${queueId}`, commitOffset);
        return ok;
      }),
      processor(GET_MAX_OFFSET, 'all', ({ topic, queueId }) => {
        return { ...ok, header: { offset: this.store.stored({ topic, queueId, brokerName: this.name }).length } };
      }),
      processor(GET_MIN_OFFSET, 'all', () => ({ ...ok, header: { offset: 0 } })),
      processor(SEARCH_OFFSET_BY_TIMESTAMP, 'all', ({ topic, queueId, timestamp }) => {
        return { ...ok, header: { offset: this.store.offsetAt({ topic, queueId, brokerName: this.name }, timestamp) } };
      }),
      processor(LOCK_BATCH_MQ, 'all', (_header, { command }) => {
        const { mqSet, clientId = '' } = LockBatchRequestBody.decode(command.body);
        const lockOKMQSet = mqSet.filter((queue) => {
          const key = messageQueueKey(queue);
          if (!this.locks.has(key)) this.locks.set(key, clientId);
          return this.locks.get(key) === clientId;
        });
        return { ...ok, body: LockBatchResponseBody.encode({ lockOKMQSet }) };
      }),
      processor(UNLOCK_BATCH_MQ, 'all', (_header, { command }) => {
        const { mqSet, clientId } = LockBatchRequestBody.decode(command.body);
        for (const queue of mqSet) {
          if (this.locks.get(messageQueueKey(queue)) === clientId) this.locks.delete(messageQueueKey(queue));
        }
        return ok;
      }),
      processor(CONSUMER_SEND_MSG_BACK, 'all', ({ offset, group, originTopic = '' }) => {
        const [topicIndex, queueOffset] = [Math.floor(offset / 1e6), offset % 1e6];
        const records = [...this.store.queues.values()][topicIndex]!;
        this.store.retry(records[queueOffset]!, group, originTopic);
        return ok;
      }),
    ];
  }

  #send(
    header: SendMessageRequestHeaderV2,
    exchange: Exchange<SendMessageResponseHeader>,
  ): Answer<SendMessageResponseHeader> | undefined {
    const ruled = this.sendRule?.(header, this.name);
    if (ruled === 'silence') return undefined;
    if (ruled !== undefined) return ruled as Answer<SendMessageResponseHeader>;
    const { topic, queueId, properties = '', flag, batch } = header;
    const queue = { topic, queueId, brokerName: this.name };
    const body = Buffer.from(exchange.command.body ?? []);
    const queueOffset = this.store.stored(queue).length;
    if ((header.sysFlag & 4) !== 0) return this.transactions.half(queue, body, header);
    const tagged = `${properties}CLUSTER\u0001c\u0002MSG_REGION\u0001here\u0002`;
    if (batch === true)
      readBatchBody(body, (item) => this.store.append(queue, item.body, item.propertiesText, item.flag));
    else this.store.append(queue, body, tagged, flag, header.sysFlag);
    return { code: ResponseCode.SUCCESS, header: { msgId: '00', queueId, queueOffset } };
  }

  /** Passes a reply on, as far as its receiver is known here. */
  #reply(
    header: SendMessageRequestHeaderV2,
    { command }: Exchange<SendMessageResponseHeader>,
  ): Answer<SendMessageResponseHeader> {
    const properties = String(header.properties ?? '');
    const replyTo = decodeProperties(properties).get('REPLY_TO_CLIENT');
    const found = this.members.connectionOf(replyTo);
    if (found === undefined) return { code: ResponseCode.SYSTEM_ERROR, remark: `channel of <${replyTo}> not found` };
    const { code, name, request } = PUSH_REPLY_MESSAGE_TO_CLIENT;
    const values = { ...header, properties, bornHost: `${CLIENT}:1`, storeHost: this.address, storeTimestamp: 5 };
    found.oneway({ code, name, codec: codecOf(request), values, body: Buffer.from(command.body ?? []) });
    return { code: ResponseCode.SUCCESS, header: { msgId: '0', queueId: 0, queueOffset: 0 } };
  }
}
