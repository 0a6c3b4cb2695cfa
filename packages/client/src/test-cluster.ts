/** A name server and brokers made of little more than arrays, on a simulated network, for the tests of this package. */
import {
  crc32,
  decodeProperties,
  decodeRecallMessageHandle,
  encodeInto,
  encodeMessageId,
  encodeProperties,
  HostAddress,
  type MessageQueue,
  MessageRecord,
  measureRecord,
  messageQueueKey,
  readBatchBody,
  retryTopicOf,
  silentLogger,
  Turn,
  viewOf,
} from '@rocketmq-ts/common';
import {
  type Answer,
  CHECK_CLIENT_CONFIG,
  CHECK_TRANSACTION_STATE,
  CheckClientRequestBody,
  CONSUMER_SEND_MSG_BACK,
  type Connection,
  codecOf,
  Dispatcher,
  END_TRANSACTION,
  type EndTransactionRequestHeader,
  type Exchange,
  GET_CONSUMER_LIST_BY_GROUP,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  GET_ROUTEINFO_BY_TOPIC,
  GetConsumerListByGroupResponseBody,
  HEART_BEAT,
  HeartbeatData,
  LITE_PULL_MESSAGE,
  LOCK_BATCH_MQ,
  LockBatchRequestBody,
  LockBatchResponseBody,
  NOTIFY_CONSUMER_IDS_CHANGED,
  type Processor,
  PULL_MESSAGE,
  PUSH_REPLY_MESSAGE_TO_CLIENT,
  type PullMessageRequestHeader,
  type PullMessageResponseHeader,
  processor,
  QUERY_CONSUMER_OFFSET,
  RECALL_MESSAGE,
  RemotingServer,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  SEND_REPLY_MESSAGE_V2,
  type SendMessageRequestHeaderV2,
  type SendMessageResponseHeader,
  TopicRouteData,
  UNLOCK_BATCH_MQ,
  UNREGISTER_CLIENT,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/remoting';
import { MemoryFiles, type MemoryNet, MemoryNetwork, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import type { ClientPorts } from './ports.js';

const NAMESRV = '10.0.0.1';
const NAMESRV_PORT = 9876;
const BROKER_PORT = 10911;
const CLIENT = '10.0.1.1';
const LANES = { all: 100_000 };

/** Answers a send instead of the broker; undefined lets the broker do it. */
export type SendRule = (header: SendMessageRequestHeaderV2, brokerName: string) => Answer | 'silence' | undefined;

/** One broker: queues are arrays of encoded records. */
export class FakeBroker {
  readonly queues = new Map<string, Buffer[]>();
  readonly offsets = new Map<string, number>();
  readonly locks = new Map<string, string>();
  /** Full heartbeats, and those without subscriptions. */
  readonly heartbeats = { full: 0, light: 0 };
  sendRule: SendRule | undefined;
  /** Half messages that wait for their end, by offset in the half queue. */
  readonly halves = new Map<
    number,
    { readonly queue: MessageQueue; readonly record: Buffer; readonly group: string }
  >();
  readonly ends: EndTransactionRequestHeader[] = [];
  /** Remarks of the ends of transactions. */
  readonly endRemarks: (string | undefined)[] = [];
  /** Ids of messages that cannot be recalled. */
  readonly recalled = new Set<string>();
  /** SQL expressions that are refused. */
  readonly refused = new Set<string>();
  #nextHalf = 0;
  readonly #cluster: FakeCluster;
  readonly #members = new Map<
    Connection,
    { clientId: string; groups: ReadonlySet<string>; producers: ReadonlySet<string> }
  >();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly net: MemoryNet;
  #server: RemotingServer | undefined;

  constructor(
    cluster: FakeCluster,
    readonly name: string,
    readonly host: string,
  ) {
    this.#cluster = cluster;
    this.net = cluster.network.host(host);
  }

  get address(): string {
    return `${this.host}:${BROKER_PORT}`;
  }

  async start(): Promise<void> {
    const { clock } = this.#cluster;
    const dispatcher = new Dispatcher({ clock, logger: silentLogger, processors: this.#processors(), lanes: LANES });
    this.#server = new RemotingServer({
      clock,
      net: this.net,
      turn: new Turn(clock),
      logger: silentLogger,
      host: this.host,
      port: BROKER_PORT,
      dispatcher,
      onConnectionClosed: (connection) => this.#left(connection),
    });
    await this.#server.start();
  }

  /** As `kill -9`: what is stored stays, connections and members do not. */
  kill(): void {
    this.net.killProcess();
    this.#members.clear();
    this.#waiting.clear();
  }

  stored(queue: MessageQueue): Buffer[] {
    const key = messageQueueKey(queue);
    let records = this.queues.get(key);
    if (records === undefined) {
      records = [];
      this.queues.set(key, records);
    }
    return records;
  }

  /** Bodies of all messages of a topic, sorted. */
  bodies(topic: string): string[] {
    const found: string[] = [];
    for (const [key, records] of this.queues) {
      if (key.startsWith(`${topic} `)) found.push(...records.map((record) => bodyOf(record)));
    }
    return found.sort();
  }

  clientIds(group: string): string[] {
    return [...this.#members.values()].filter(({ groups }) => groups.has(group)).map(({ clientId }) => clientId);
  }

  #processors(): Processor[] {
    const ok = { code: ResponseCode.SUCCESS };
    return [
      processor(SEND_MESSAGE_V2, 'all', (header, exchange) => this.#send(header, exchange)),
      processor(SEND_BATCH_MESSAGE, 'all', (header, exchange) => this.#send(header, exchange)),
      processor(SEND_REPLY_MESSAGE_V2, 'all', (header, exchange) => this.#reply(header, exchange)),
      processor(END_TRANSACTION, 'all', (header, { command }) => {
        this.endRemarks.push(command.remark);
        return this.#endTransaction(header);
      }),
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
      processor(PULL_MESSAGE, 'all', (header, exchange) => this.#pull(header, exchange)),
      processor(LITE_PULL_MESSAGE, 'all', (header, exchange) => this.#pull(header, exchange)),
      processor(HEART_BEAT, 'all', (_header, exchange) => this.#heartbeat(exchange)),
      processor(UNREGISTER_CLIENT, 'all', (_header, { connection }) => {
        this.#left(connection);
        return ok;
      }),
      processor(GET_CONSUMER_LIST_BY_GROUP, 'all', ({ consumerGroup }) => {
        const body = GetConsumerListByGroupResponseBody.encode({ consumerIdList: this.clientIds(consumerGroup) });
        return { ...ok, body };
      }),
      processor(QUERY_CONSUMER_OFFSET, 'all', ({ consumerGroup, topic, queueId }) => {
        const offset = this.offsets.get(`${consumerGroup} ${topic} ${queueId}`);
        return offset === undefined ? { code: ResponseCode.QUERY_NOT_FOUND } : { ...ok, header: { offset } };
      }),
      processor(UPDATE_CONSUMER_OFFSET, 'all', ({ consumerGroup, topic, queueId, commitOffset }) => {
        this.offsets.set(`${consumerGroup} ${topic} ${queueId}`, commitOffset);
        return ok;
      }),
      processor(GET_MAX_OFFSET, 'all', ({ topic, queueId }) => {
        return { ...ok, header: { offset: this.stored({ topic, queueId, brokerName: this.name }).length } };
      }),
      processor(GET_MIN_OFFSET, 'all', () => ({ ...ok, header: { offset: 0 } })),
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
        const records = [...this.queues.values()][topicIndex]!;
        this.#retry(records[queueOffset]!, group, originTopic);
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
    const queueOffset = this.stored(queue).length;
    if ((header.sysFlag & 4) !== 0) return this.#half(queue, body, header);
    const tagged = `${properties}CLUSTER\u0001c\u0002MSG_REGION\u0001here\u0002`;
    if (batch === true) readBatchBody(body, (item) => this.#append(queue, item.body, item.propertiesText, item.flag));
    else this.#append(queue, body, tagged, flag, header.sysFlag);
    return { code: ResponseCode.SUCCESS, header: { msgId: '00', queueId, queueOffset } };
  }

  #half(
    queue: MessageQueue,
    body: Buffer,
    { properties = '', flag, sysFlag }: SendMessageRequestHeaderV2,
  ): Answer<SendMessageResponseHeader> {
    const half = { topic: 'HALF', queueId: 0, brokerName: this.name };
    this.#append(half, body, properties, flag, sysFlag);
    const record = this.stored(half).at(-1)!;
    const queueOffset = this.#nextHalf++;
    this.halves.set(queueOffset, { queue, record, group: propertiesOf(record).get('PGROUP')! });
    const msgId = encodeMessageId(HostAddress.of(this.host, BROKER_PORT).bytes, 7000 + queueOffset);
    return {
      code: ResponseCode.SUCCESS,
      header: { msgId, queueId: 0, queueOffset, transactionId: `tx${queueOffset}` },
    };
  }

  #endTransaction(header: EndTransactionRequestHeader): Answer<never> {
    this.ends.push(header);
    const half = this.halves.get(header.tranStateTableOffset);
    if (half === undefined || header.commitOrRollback === 0) return { code: ResponseCode.SUCCESS };
    this.halves.delete(header.tranStateTableOffset);
    const { queue, record } = half;
    if (header.commitOrRollback === 8) {
      this.#append(queue, Buffer.from(bodyOf(record)), encodeProperties(propertiesOf(record)), 0);
    }
    return { code: ResponseCode.SUCCESS };
  }

  /** Asks for the end of all half messages. */
  checkTransactions(): void {
    const { code, name, request } = CHECK_TRANSACTION_STATE;
    for (const [offset, { queue, record, group }] of this.halves) {
      const values = {
        topic: queue.topic,
        tranStateTableOffset: offset,
        commitLogOffset: 7000 + offset,
        transactionId: `tx${offset}`,
        bname: this.name,
      };
      for (const [connection, { producers }] of this.#members) {
        if (producers.has(group)) connection.oneway({ code, name, codec: codecOf(request), values, body: record });
      }
    }
  }

  /** Passes a reply on, as far as its receiver is known here. */
  #reply(
    header: SendMessageRequestHeaderV2,
    { command }: Exchange<SendMessageResponseHeader>,
  ): Answer<SendMessageResponseHeader> {
    const replyTo = decodeProperties(header.properties ?? '').get('REPLY_TO_CLIENT');
    const found = [...this.#members].find(([, { clientId }]) => clientId === replyTo);
    if (found === undefined) return { code: ResponseCode.SYSTEM_ERROR, remark: `channel of <${replyTo}> not found` };
    const { code, name, request } = PUSH_REPLY_MESSAGE_TO_CLIENT;
    const values = { ...header, bornHost: `${CLIENT}:1`, storeHost: this.address, storeTimestamp: 5 };
    found[0].oneway({ code, name, codec: codecOf(request), values, body: Buffer.from(command.body ?? []) });
    return { code: ResponseCode.SUCCESS, header: { msgId: '0', queueId: 0, queueOffset: 0 } };
  }

  #append(queue: MessageQueue, body: Uint8Array, propertiesText: string, flag: number, sysFlag = 0, times = 0): void {
    const records = this.stored(queue);
    const record = new MessageRecord();
    Object.assign(record, {
      body,
      propertiesText,
      flag,
      sysFlag,
      topic: queue.topic,
      queueId: queue.queueId,
      queueOffset: records.length,
      physicalOffset: [...this.queues.keys()].indexOf(messageQueueKey(queue)) * 1e6 + records.length,
      bodyCrc: crc32(body),
      reconsumeTimes: times,
      bornTimestamp: this.#cluster.clock.now(),
      storeTimestamp: this.#cluster.clock.now(),
      bornHost: HostAddress.of(CLIENT, 1).bytes,
      storeHost: HostAddress.of(this.host, BROKER_PORT).bytes,
    });
    const bytes = Buffer.alloc(measureRecord(record));
    encodeInto(bytes, viewOf(bytes), 0, record);
    records.push(bytes);
    const key = messageQueueKey(queue);
    for (const wake of this.#waiting.get(key) ?? []) wake();
  }

  /** Delivered again at once, without the delay of a real broker. */
  #retry(record: Buffer, group: string, originTopic: string): void {
    const body = Buffer.from(bodyOf(record));
    const properties = propertiesOf(record);
    if (!properties.has('RETRY_TOPIC')) properties.set('RETRY_TOPIC', originTopic);
    const times = record.readInt32BE(72) + 1;
    const queue = { topic: retryTopicOf(group), queueId: 0, brokerName: this.name };
    this.#append(queue, body, encodeProperties(properties), 0, 0, times);
  }

  #pull(
    header: PullMessageRequestHeader,
    exchange: Exchange<PullMessageResponseHeader>,
  ): Answer<PullMessageResponseHeader> | undefined {
    const { topic, queueId, queueOffset, maxMsgNums, suspendTimeoutMillis } = header;
    const queue = { topic, queueId, brokerName: this.name };
    const records = this.stored(queue);
    const answer = (code: number, next: number, body?: Buffer): Answer<PullMessageResponseHeader> => ({
      code,
      header: { suggestWhichBrokerId: 0, nextBeginOffset: next, minOffset: 0, maxOffset: records.length },
      ...(body === undefined ? {} : { body }),
    });
    if (queueOffset > records.length) return answer(ResponseCode.PULL_OFFSET_MOVED, records.length);
    const found = records.slice(queueOffset, queueOffset + maxMsgNums);
    if (found.length > 0) return answer(ResponseCode.SUCCESS, queueOffset + found.length, Buffer.concat(found));
    const key = messageQueueKey(queue);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    const wake = (): void => {
      timer.cancel();
      waiting.delete(wake);
      const now = records.slice(queueOffset, queueOffset + maxMsgNums);
      if (now.length > 0) exchange.answer(answer(ResponseCode.SUCCESS, queueOffset + now.length, Buffer.concat(now)));
      else exchange.answer(answer(ResponseCode.PULL_NOT_FOUND, queueOffset));
    };
    const timer = this.#cluster.clock.setTimer(suspendTimeoutMillis, wake, { background: true });
    waiting.add(wake);
    return undefined;
  }

  /** Settles once the broker has heard of the producer group. */
  hasProducer(group: string): boolean {
    return [...this.#members.values()].some(({ producers }) => producers.has(group));
  }

  #heartbeat({ connection, command }: Exchange): Answer<never> {
    const { clientID, consumerDataSet, producerDataSet, withoutSub } = HeartbeatData.decode(command.body);
    this.heartbeats[withoutSub ? 'light' : 'full']++;
    const groups = new Set(consumerDataSet.map(({ groupName }) => groupName));
    const isNew = !this.#members.has(connection);
    const producers = new Set(producerDataSet.map(({ groupName }) => groupName));
    this.#members.set(connection, { clientId: clientID, groups, producers });
    if (isNew) this.#notify(groups);
    return { code: ResponseCode.SUCCESS, ext: { IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: 'false' } };
  }

  #left(connection: Connection): void {
    const member = this.#members.get(connection);
    this.#members.delete(connection);
    if (member !== undefined) this.#notify(member.groups);
  }

  #notify(groups: ReadonlySet<string>): void {
    const { code, name, request } = NOTIFY_CONSUMER_IDS_CHANGED;
    for (const [connection, member] of this.#members) {
      for (const consumerGroup of groups) {
        if (!member.groups.has(consumerGroup)) continue;
        connection.oneway({ code, name, codec: codecOf(request), values: { consumerGroup } });
      }
    }
  }
}

/** Name server and brokers. Topics are on all brokers, with `queueNums` queues each. */
export class FakeCluster {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly brokers: FakeBroker[] = [];
  readonly topics = new Map<string, number>();
  readonly files = new MemoryFiles();
  #clients = 0;
  #server: RemotingServer | undefined;

  static async start(
    options: { brokers?: number; topics?: Readonly<Record<string, number>> } = {},
  ): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    for (const [topic, queueNums] of Object.entries(options.topics ?? {})) cluster.topics.set(topic, queueNums);
    for (let index = 0; index < (options.brokers ?? 1); index++) {
      const broker = new FakeBroker(cluster, `broker-${index}`, `10.0.2.${index + 1}`);
      cluster.brokers.push(broker);
      await broker.start();
    }
    await cluster.startNamesrv();
    return cluster;
  }

  readonly nameServers = `${NAMESRV}:${NAMESRV_PORT}`;

  /** The ports of a client with an address of its own. */
  ports(host = `10.0.1.${++this.#clients}`): ClientPorts {
    return {
      clock: this.clock,
      net: this.network.host(host),
      files: this.files,
      random: new SeededRandom(this.#clients + 7),
      localAddress: host,
      userHome: '/home/user',
      pid: 1,
    };
  }

  /** Moves time on in small steps, until the condition holds. */
  async until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    const endMs = this.clock.monotonicMs() + limitMs;
    while (!condition()) {
      if (this.clock.monotonicMs() > endMs) throw new Error(`not so after ${limitMs} ms`);
      await this.clock.advance(10);
    }
  }

  /** What a promise gives, with time moving on while it is pending. */
  async settle<R>(promise: Promise<R>, limitMs = 120_000): Promise<R> {
    let isPending = true;
    const done = (): void => {
      isPending = false;
    };
    promise.then(done, done);
    await this.until(() => !isPending, limitMs);
    return promise;
  }

  async startNamesrv(): Promise<void> {
    const { clock } = this;
    const route = processor(GET_ROUTEINFO_BY_TOPIC, 'all', ({ topic }) => this.#route(topic));
    const dispatcher = new Dispatcher({ clock, logger: silentLogger, processors: [route], lanes: LANES });
    const net = this.network.host(NAMESRV);
    const turn = new Turn(clock);
    this.#server = new RemotingServer({
      clock,
      net,
      turn,
      logger: silentLogger,
      host: NAMESRV,
      port: NAMESRV_PORT,
      dispatcher,
    });
    await this.#server.start();
  }

  killNamesrv(): void {
    this.network.host(NAMESRV).killProcess();
  }

  #route(topic: string): Answer<never> {
    const queueNums = topic.startsWith('%RETRY%') || topic === 'c_REPLY_TOPIC' ? 1 : this.topics.get(topic);
    if (queueNums === undefined) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `No topic route info: ${topic}` };
    const body = TopicRouteData.encode(
      {
        queueDatas: this.brokers.map(({ name }) => ({
          brokerName: name,
          readQueueNums: queueNums,
          writeQueueNums: queueNums,
          perm: 6,
          topicSysFlag: 0,
        })),
        brokerDatas: this.brokers.map(({ name, address }) => ({
          cluster: 'c',
          brokerName: name,
          brokerAddrs: new Map([[0, address]]),
          enableActingMaster: false,
        })),
        filterServerTable: new Map(),
      },
      { style: 'standard' },
    );
    return { code: ResponseCode.SUCCESS, body };
  }
}

function bodyOf(record: Buffer): string {
  const length = record.readInt32BE(84);
  return record.toString('utf8', 88, 88 + length);
}

function propertiesOf(record: Buffer): Map<string, string> {
  const topicAt = 88 + record.readInt32BE(84);
  const propertiesAt = topicAt + 1 + record[topicAt]!;
  return decodeProperties(record.toString('utf8', propertiesAt + 2));
}
