// The requests that the tests send on purpose, and reading a queue back.
import type { Request } from './frame.js';
import type { RawClient } from './raw-client.js';
import { readStoredMessages, type StoredMessage } from './stored-message.js';

/** The codes used by name. */
export const Code = {
  PULL_MESSAGE: 11,
  QUERY_MESSAGE: 12,
  QUERY_CONSUMER_OFFSET: 14,
  UPDATE_CONSUMER_OFFSET: 15,
  UPDATE_AND_CREATE_TOPIC: 17,
  UPDATE_AND_CREATE_TOPIC_LIST: 18,
  GET_ALL_TOPIC_CONFIG: 21,
  UPDATE_BROKER_CONFIG: 25,
  GET_BROKER_CONFIG: 26,
  GET_MAX_OFFSET: 30,
  GET_MIN_OFFSET: 31,
  HEART_BEAT: 34,
  REGISTER_BROKER: 103,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP: 200,
  GET_ROUTEINFO_BY_TOPIC: 105,
  SEND_MESSAGE_V2: 310,
  UPDATE_NAMESRV_CONFIG: 318,
  GET_NAMESRV_CONFIG: 319,
  SEND_BATCH_MESSAGE: 320,
} as const;

/** Response codes. */
export const Status = {
  SUCCESS: 0,
  SYSTEM_ERROR: 1,
  SYSTEM_BUSY: 2,
  NOT_SUPPORTED: 3,
  SERVICE_NOT_AVAILABLE: 14,
  PULL_NOT_FOUND: 19,
  PULL_RETRY_IMMEDIATELY: 20,
  PULL_OFFSET_MOVED: 21,
  QUERY_NOT_FOUND: 22,
} as const;

export interface Message {
  readonly topic: string;
  readonly queueId: number;
  readonly key: string;
  readonly body: Uint8Array;
}

/** Properties in their text form. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');
}

/** SEND_MESSAGE_V2. */
export function sendRequest(message: Message, queues = 4): Request {
  return { ...sendHeader(message, queues, propertiesText({ KEYS: message.key })), body: message.body };
}

/** SEND_BATCH_MESSAGE; all messages go to the queue of the first. */
export function batchRequest(messages: readonly Message[], queues = 4): Request {
  const header = sendHeader(messages[0]!, queues, '');
  const body = Buffer.concat(messages.map(({ body, key }) => batchItem(body, propertiesText({ KEYS: key }))));
  return { code: Code.SEND_BATCH_MESSAGE, ext: { ...header.ext, m: 'true' }, body };
}

/** size, magic 0, CRC 0, flag, body length, body, properties length, properties. */
export function batchItem(body: Uint8Array, properties: string): Buffer {
  const text = Buffer.from(properties);
  const item = Buffer.alloc(22 + body.length + text.length);
  item.writeInt32BE(item.length, 0);
  item.writeInt32BE(body.length, 16);
  item.set(body, 20);
  item.writeInt16BE(text.length, 20 + body.length);
  item.set(text, 22 + body.length);
  return item;
}

function sendHeader({ topic, queueId }: Message, queues: number, properties: string): Request {
  const ext = {
    a: 'e2e-producer',
    b: topic,
    c: 'TBW102',
    d: `${queues}`,
    e: `${queueId}`,
    f: '0',
    g: '1700000000000',
    h: '0',
    i: properties,
    j: '0',
    k: 'false',
    l: '16',
    m: 'false',
  };
  return { code: Code.SEND_MESSAGE_V2, ext };
}

/** PULL_MESSAGE with its own subscription `*`, not waiting for new messages. */
export function pullRequest(queue: { topic: string; queueId: number }, offset: number, count: number): Request {
  const ext = {
    consumerGroup: 'e2e-reader',
    topic: queue.topic,
    queueId: `${queue.queueId}`,
    queueOffset: `${offset}`,
    maxMsgNums: `${count}`,
    sysFlag: '4',
    commitOffset: '0',
    suspendTimeoutMillis: '0',
    subscription: '*',
    subVersion: '0',
    expressionType: 'TAG',
  };
  return { code: Code.PULL_MESSAGE, ext };
}

/** GET_MAX_OFFSET or GET_MIN_OFFSET. */
export async function queueBound(
  client: RawClient,
  code: 30 | 31,
  queue: { topic: string; queueId: number },
): Promise<number> {
  const answer = await client.call({ code, ext: { topic: queue.topic, queueId: `${queue.queueId}` } });
  if (answer.code !== 0)
    throw new Error(`the bound of ${queue.topic}/${queue.queueId}: ${answer.code} ${answer.remark}`);
  return Number(answer.ext.get('offset'));
}

/** Every message of a queue from its minimum to its maximum offset. Throws at a gap or a record that is not what it should be. */
export async function readQueue(
  client: RawClient,
  queue: { topic: string; queueId: number },
  visit: (message: StoredMessage) => void,
): Promise<number> {
  const name = `${queue.topic}/${queue.queueId}`;
  const end = await queueBound(client, Code.GET_MAX_OFFSET, queue);
  const start = end === 0 ? 0 : await queueBound(client, Code.GET_MIN_OFFSET, queue);
  if (start !== 0) throw new Error(`${name} begins at ${start}`);
  let offset = start;
  while (offset < end) {
    const answer = await client.call(pullRequest(queue, offset, 1000));
    if (answer.code !== Status.SUCCESS)
      throw new Error(`${name} at ${offset} of ${end}: ${answer.code} ${answer.remark}`);
    for (const message of readStoredMessages(answer.body)) {
      const where = `${message.topic}/${message.queueId}@${message.queueOffset}`;
      if (where !== `${name}@${offset}`) throw new Error(`${name}@${offset} holds ${where}`);
      visit(message);
      offset++;
    }
  }
  return end;
}

/** UPDATE_AND_CREATE_TOPIC with 4 queues. */
export async function createTopic(client: RawClient, topic: string): Promise<void> {
  const queues = {
    readQueueNums: '4',
    writeQueueNums: '4',
    perm: '6',
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: '0',
  };
  const ext = { topic, defaultTopic: 'TBW102', ...queues, order: 'false' };
  const answer = await client.call({ code: Code.UPDATE_AND_CREATE_TOPIC, ext });
  if (answer.code !== 0) throw new Error(`topic ${topic}: ${answer.code} ${answer.remark}`);
}
