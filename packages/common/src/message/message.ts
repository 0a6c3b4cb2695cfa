/** The message model: what a producer sends, what a consumer receives, and the queue it travels through. */
import { javaHashCode } from '../hash.js';
import type { HostAddress } from './host.js';
import { MessageConst, RESERVED_PROPERTIES } from './message-const.js';

/** A message as it is sent. Source: Message. */
export interface Message {
  topic: string;
  /** Free for the user; int32. */
  flag: number;
  /** Properties by name, reserved ones included; see `putUserProperty`. */
  properties: Map<string, string>;
  body: Buffer;
  transactionId?: string | undefined;
}

/** A message as it is stored and received. Source: MessageExt, MessageClientExt. */
export interface MessageExt extends Message {
  /** Name of the broker it came from, when known. */
  brokerName: string | undefined;
  queueId: number;
  /** Size of its record in the commit log, bytes. */
  storeSize: number;
  /** Index in its queue. */
  queueOffset: number;
  /** Bits of `MessageSysFlag`; the compressed bit is cleared when the body was inflated. */
  sysFlag: number;
  /** When it was made, ms since the epoch by the producer's clock. */
  bornTimestamp: number;
  bornHost: HostAddress;
  /** When it was stored, ms since the epoch by the broker's clock. */
  storeTimestamp: number;
  storeHost: HostAddress;
  /** Offset message id: store host and commit log offset. */
  msgId: string;
  /** Byte position in the commit log. */
  commitLogOffset: number;
  /** CRC-32 of the body as stored, without the sign bit. */
  bodyCRC: number;
  reconsumeTimes: number;
  preparedTransactionOffset: number;
}

/** A new message; keys and tags that are empty are left out. Source: Message's constructor. */
export function createMessage(
  topic: string,
  body: Uint8Array | string,
  options: { readonly tags?: string; readonly keys?: string; readonly flag?: number } = {},
): Message {
  const properties = new Map<string, string>();
  if (options.keys) properties.set(MessageConst.PROPERTY_KEYS, options.keys);
  if (options.tags) properties.set(MessageConst.PROPERTY_TAGS, options.tags);
  return { topic, flag: options.flag ?? 0, properties, body: asBuffer(body) };
}

/** Sets a property of the user's own; throws for a reserved name and for blanks. Source: Message#putUserProperty. */
export function putUserProperty(message: Message, name: string, value: string): void {
  if (RESERVED_PROPERTIES.has(name)) {
    throw new TypeError(`The Property<${name}> is used by system, input another please`);
  }
  if (name.trim() === '' || value.trim() === '') {
    throw new TypeError('The name or value of property can not be null or blank string!');
  }
  message.properties.set(name, value);
}

/** False when the producer does not wait for the flush and the replicas. Source: Message#isWaitStoreMsgOK. */
export function isWaitStoreMsgOK(message: Message): boolean {
  const wait = message.properties.get(MessageConst.PROPERTY_WAIT_STORE_MSG_OK);
  return wait === undefined || wait.toLowerCase() === 'true';
}

/** One queue of a topic on a broker. Source: MessageQueue. */
export interface MessageQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

/** A text that is the same for equal queues and differs for others: for use as a key. Names cannot hold a space. */
export function messageQueueKey(queue: MessageQueue): string {
  return `${queue.topic} ${queue.brokerName} ${queue.queueId}`;
}

/** Orders queues by topic, broker name and queue id, as Java does: by UTF-16 code units. Source: MessageQueue#compareTo. */
export function compareMessageQueues(a: MessageQueue, b: MessageQueue): number {
  return compareTexts(a.topic, b.topic) || compareTexts(a.brokerName, b.brokerName) || a.queueId - b.queueId;
}

/** Source: MessageQueue#equals. */
export function isSameMessageQueue(a: MessageQueue, b: MessageQueue): boolean {
  return a.queueId === b.queueId && a.topic === b.topic && a.brokerName === b.brokerName;
}

/** Source: MessageQueue#hashCode. */
export function messageQueueHashCode(queue: MessageQueue): number {
  const brokerHash = (31 + javaHashCode(queue.brokerName)) | 0;
  const queueHash = (Math.imul(31, brokerHash) + queue.queueId) | 0;
  return (Math.imul(31, queueHash) + javaHashCode(queue.topic)) | 0;
}

/** The form in which the reference prints queues. Source: MessageQueue#toString. */
export function formatMessageQueue(queue: MessageQueue): string {
  return `MessageQueue [topic=${queue.topic}, brokerName=${queue.brokerName}, queueId=${queue.queueId}]`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function asBuffer(body: Uint8Array | string): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
