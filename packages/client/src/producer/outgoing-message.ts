/** From what an application wants to send to what travels: checked, with its properties as text. */
import {
  checkClientTopic,
  checkProperty,
  encodeProperties,
  isNotAllowedSendTopic,
  KEY_SEPARATOR,
  MessageConst,
  RESERVED_PROPERTIES,
  wrapNamespace,
} from '@rocketmq-ts/common';
import type { Codec } from '../codec.js';
import { InvalidArgumentError } from '../errors.js';

/** A message to send. Without a codec the body is text (sent as UTF-8) or bytes. */
export interface OutgoingMessage<T = string | Uint8Array> {
  readonly topic: string;
  readonly body: T;
  /** What consumers select by. */
  readonly tag?: string;
  /** What the message can be found by later; without spaces. */
  readonly keys?: string | readonly string[];
  /** The application's own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Delivered after the delay of this level: 1 is one second, 18 two hours, if the broker has the usual levels. */
  readonly delayLevel?: number;
  /** Delivered so many ms from now. */
  readonly delayMs?: number;
  /** Delivered at this time, ms since the epoch. */
  readonly deliverAtMs?: number;
  /** Messages of one key keep their order, when they are sent with it as `hashKey` too. */
  readonly shardingKey?: string;
  /** False does not wait for the disk and the replicas. Default: true. */
  readonly waitStored?: boolean;
  /** Priority on topics that have it, 0 or above. */
  readonly priority?: number;
  /** Lite topic under the topic. */
  readonly liteTopic?: string;
  /** A number free for the application, 32 bits. */
  readonly flag?: number;
}

/** Properties that only the client itself may set. */
export type SystemProperties = readonly (readonly [name: string, value: string])[];

/** A message on its way. */
export interface PreparedMessage {
  /** With the namespace. */
  readonly topic: string;
  readonly body: Uint8Array;
  readonly propertiesText: string;
  /** The unique id, which consumers see too. */
  readonly messageId: string;
  readonly flag: number;
  /** Delivered later: such a message cannot be part of a batch. */
  readonly isDelayed: boolean;
  readonly waitStored: boolean;
}

export interface PreparationOptions<T> {
  readonly codec: Codec<T> | undefined;
  readonly namespace: string | undefined;
  readonly maxMessageBytes: number;
}

/** Checks and prepares messages; one per producer. Source: Validators#checkMessage, Message. */
export class MessagePreparation<T> {
  readonly #options: PreparationOptions<T>;
  readonly #nextId: () => string;
  /** The last topics that passed, so that each is checked once. */
  readonly #topics = new Map<string, string>();

  constructor(options: PreparationOptions<T>, nextId: () => string) {
    this.#options = options;
    this.#nextId = nextId;
  }

  /** @throws InvalidArgumentError, and what the codec throws */
  prepare(message: OutgoingMessage<T>, system: SystemProperties = []): PreparedMessage {
    const topic = this.#topics.get(message.topic) ?? this.#checkTopic(message.topic);
    const body = this.#bodyOf(message);
    const messageId = this.#nextId();
    const isDelayed =
      message.delayLevel !== undefined || message.delayMs !== undefined || message.deliverAtMs !== undefined;
    return {
      topic,
      body,
      propertiesText: this.#propertiesText(message, messageId, isDelayed) + encodeProperties(system),
      messageId,
      flag: message.flag ?? 0,
      isDelayed,
      waitStored: message.waitStored ?? true,
    };
  }

  /** The topic with its namespace. */
  #checkTopic(topic: string): string {
    const problem = checkClientTopic(topic);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    if (isNotAllowedSendTopic(topic))
      throw new InvalidArgumentError(`Sending message to topic[${topic}] is forbidden.`);
    const wrapped = wrapNamespace(this.#options.namespace, topic);
    if (this.#topics.size >= MAX_REMEMBERED_TOPICS) this.#topics.clear();
    this.#topics.set(topic, wrapped);
    return wrapped;
  }

  #bodyOf({ body, topic }: OutgoingMessage<T>): Uint8Array {
    const { codec, maxMessageBytes } = this.#options;
    const bytes: unknown =
      codec !== undefined ? codec.encode(body) : typeof body === 'string' ? Buffer.from(body) : body;
    if (!(bytes instanceof Uint8Array)) {
      throw new InvalidArgumentError(`body of a message to '${topic}': text or bytes are needed, or a codec`);
    }
    if (bytes.length === 0) throw new InvalidArgumentError(`the message body length is zero (topic '${topic}')`);
    if (bytes.length > maxMessageBytes) {
      throw new InvalidArgumentError(
        `the message body size over max value, MAX: ${maxMessageBytes}, not ${bytes.length} (topic '${topic}')`,
      );
    }
    return bytes;
  }

  #propertiesText(message: OutgoingMessage<T>, messageId: string, isDelayed: boolean): string {
    let text = property(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, messageId);
    if (message.waitStored === false) text += property(MessageConst.PROPERTY_WAIT_STORE_MSG_OK, 'false');
    if (message.tag !== undefined) text += checkedProperty(MessageConst.PROPERTY_TAGS, message.tag);
    if (message.keys !== undefined) text += keysProperty(message.keys);
    if (message.shardingKey !== undefined) {
      text += checkedProperty(MessageConst.PROPERTY_SHARDING_KEY, message.shardingKey);
    }
    if (isDelayed) text += delayProperty(message);
    if (message.priority !== undefined) {
      text += numberProperty(MessageConst.PROPERTY_PRIORITY, 'priority', message.priority);
    }
    if (message.liteTopic !== undefined) text += checkedProperty(MessageConst.PROPERTY_LITE_TOPIC, message.liteTopic);
    if (this.#options.namespace !== undefined) {
      text += property(MessageConst.PROPERTY_INSTANCE_ID, this.#options.namespace);
    }
    return message.properties === undefined ? text : text + userProperties(message.properties);
  }
}

const MAX_REMEMBERED_TOPICS = 1024;

function property(name: string, value: string): string {
  return `${name}\u0001${value}\u0002`;
}

function checkedProperty(name: string, value: string): string {
  const problem = checkProperty(name, value);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return property(name, value);
}

function numberProperty(name: string, option: string, value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError(`${option}: ${value} is not a whole number from 0`);
  }
  return property(name, String(value));
}

function keysProperty(keys: string | readonly string[]): string {
  const list = typeof keys === 'string' ? [keys] : keys;
  const text = list.join(KEY_SEPARATOR);
  return text === '' ? '' : checkedProperty(MessageConst.PROPERTY_KEYS, text);
}

function delayProperty<T>({ delayLevel, delayMs, deliverAtMs }: OutgoingMessage<T>): string {
  if (Number(delayLevel !== undefined) + Number(delayMs !== undefined) + Number(deliverAtMs !== undefined) > 1) {
    throw new InvalidArgumentError('a message has one of delayLevel, delayMs and deliverAtMs, not several');
  }
  if (delayLevel !== undefined) return numberProperty(MessageConst.PROPERTY_DELAY_TIME_LEVEL, 'delayLevel', delayLevel);
  if (delayMs !== undefined) return numberProperty(MessageConst.PROPERTY_TIMER_DELAY_MS, 'delayMs', delayMs);
  return numberProperty(MessageConst.PROPERTY_TIMER_DELIVER_MS, 'deliverAtMs', deliverAtMs ?? 0);
}

function userProperties(properties: Readonly<Record<string, string>>): string {
  let text = '';
  for (const [name, value] of Object.entries(properties)) {
    if (RESERVED_PROPERTIES.has(name)) {
      throw new InvalidArgumentError(`The Property<${name}> is used by system, input another please`);
    }
    if (value.trim() === '') {
      throw new InvalidArgumentError(`property '${name}': the value can not be blank`);
    }
    text += checkedProperty(name, value);
  }
  return text;
}
