/** The queues of a broker of little more than arrays of encoded records, for the tests of this package. */
import {
  type Clock,
  crc32,
  decodeProperties,
  encodeInto,
  encodeProperties,
  HostAddress,
  type MessageQueue,
  MessageRecord,
  measureRecord,
  messageQueueKey,
  retryTopicOf,
  viewOf,
} from '@rocketmq-ts/common';
import {
  type Answer,
  type Exchange,
  type PullMessageRequestHeader,
  type PullMessageResponseHeader,
  ResponseCode,
} from '@rocketmq-ts/remoting';

const PRODUCER_HOST = '10.0.1.1';

export class FakeStore {
  readonly queues = new Map<string, Buffer[]>();
  readonly #clock: Clock;
  readonly #brokerName: string;
  readonly #host: HostAddress;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock, brokerName: string, host: HostAddress) {
    this.#clock = clock;
    this.#brokerName = brokerName;
    this.#host = host;
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

  /** Nobody waits for messages any more. */
  forgetWaiting(): void {
    this.#waiting.clear();
  }

  /** The offset of the first message stored at this time or after. */
  offsetAt(queue: MessageQueue, timestamp: number): number {
    const records = this.stored(queue);
    const found = records.findIndex((record) => storeTimestampOf(record) >= timestamp);
    return found < 0 ? records.length : found;
  }

  append(queue: MessageQueue, body: Uint8Array, propertiesText: string, flag: number, sysFlag = 0, times = 0): void {
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
      bornTimestamp: this.#clock.now(),
      storeTimestamp: this.#clock.now(),
      bornHost: HostAddress.of(PRODUCER_HOST, 1).bytes,
      storeHost: this.#host.bytes,
    });
    const bytes = Buffer.alloc(measureRecord(record));
    encodeInto(bytes, viewOf(bytes), 0, record);
    records.push(bytes);
    const key = messageQueueKey(queue);
    for (const wake of this.#waiting.get(key) ?? []) wake();
  }

  /** Delivered again at once, without the delay of a real broker. */
  retry(record: Buffer, group: string, originTopic: string): void {
    const body = Buffer.from(bodyOf(record));
    const properties = propertiesOf(record);
    if (!properties.has('RETRY_TOPIC')) properties.set('RETRY_TOPIC', originTopic);
    const times = record.readInt32BE(72) + 1;
    const queue = { topic: retryTopicOf(group), queueId: 0, brokerName: this.#brokerName };
    this.append(queue, body, encodeProperties(properties), 0, 0, times);
  }

  pull(
    header: PullMessageRequestHeader,
    exchange: Exchange<PullMessageResponseHeader>,
  ): Answer<PullMessageResponseHeader> | undefined {
    const { topic, queueId, queueOffset, maxMsgNums, suspendTimeoutMillis } = header;
    const queue = { topic, queueId, brokerName: this.#brokerName };
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
    const timer = this.#clock.setTimer(suspendTimeoutMillis, wake, { background: true });
    waiting.add(wake);
    return undefined;
  }
}

/** The body of a record, as text. */
export function bodyOf(record: Buffer): string {
  const length = record.readInt32BE(84);
  return record.toString('utf8', 88, 88 + length);
}

/** The properties of a record. */
export function propertiesOf(record: Buffer): Map<string, string> {
  const topicAt = 88 + record.readInt32BE(84);
  const propertiesAt = topicAt + 1 + record[topicAt]!;
  return decodeProperties(record.toString('utf8', propertiesAt + 2));
}

function storeTimestampOf(record: Buffer): number {
  return Number(record.readBigInt64BE(56));
}
