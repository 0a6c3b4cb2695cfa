/** A message as a consumer gets it; what few look at is decoded only when it is asked for. */
import {
  type Compressors,
  clearCompressedFlag,
  compressionTypeOf,
  decodeProperties,
  encodeMessageId,
  findProperty,
  HostAddress,
  KEY_SEPARATOR,
  MessageConst,
  MessageFormatError,
  type MessageQueue,
  type MessageRecord,
  MessageSysFlag,
} from '@rocketmq-ts/common';
import type { IncomingMessage } from '../api.js';
import type { Codec } from '../codec.js';

/** A body that inflates beyond this cannot be read. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/**
 * A body that inflates beyond this is not kept: it is inflated again when it is asked for again. What a consumer has
 * fetched is counted as it came, and a few kilobytes may inflate to the limit.
 */
const KEPT_BODY_BYTES = 4 * 1024 * 1024;

/** What all messages of a consumer share. */
export interface MessageSource<T> {
  readonly codec: Codec<T>;
  readonly compressors: Pick<Compressors, 'get'>;
  /** The topic as the application names it, from the topic a message was stored under and its properties. */
  topicOf(storedTopic: string, propertiesText: string): string;
}

/** Source: MessageExt, MessageClientExt. */
export class ReceivedMessage<T = Buffer> implements IncomingMessage<T> {
  readonly topic: string;
  readonly queueOffset: number;
  /** Physical offset in the commit log of the broker, bytes. */
  readonly commitLogOffset: number;
  readonly bornTimestamp: number;
  /** When the broker stored it, ms since the epoch by its clock. */
  readonly storeTimestamp: number;
  /** Free for applications. */
  readonly flag: number;
  /** Size of its record, bytes. */
  readonly storeSizeBytes: number;
  /** Deliveries before this one. */
  reconsumeTimes: number;
  /** For the queue it is cached in: consumed, or handed back. @internal */
  settled = false;
  /** For the clean-up of stuck messages: monotonic ms; 0 while nobody works on it. @internal */
  startedMs = 0;
  readonly #source: MessageSource<T>;
  readonly #propertiesText: string;
  readonly #bornHost: Uint8Array;
  readonly #storeHost: Uint8Array;
  #sysFlag: number;
  #body: Buffer;
  #largeBody: WeakRef<Buffer> | undefined;
  #properties: ReadonlyMap<string, string> | undefined;
  #value: { readonly decoded: T } | undefined;

  constructor(
    record: MessageRecord,
    /** The queue it was pulled from; its topic may be that of retries. */
    readonly queue: MessageQueue,
    source: MessageSource<T>,
    /** What to add to the offset, for queues that moved between brokers. */
    offsetDelta: number,
  ) {
    const { body } = record;
    this.topic = source.topicOf(record.topic, record.propertiesText);
    this.queueOffset = record.queueOffset + offsetDelta;
    this.commitLogOffset = record.physicalOffset;
    this.bornTimestamp = record.bornTimestamp;
    this.storeTimestamp = record.storeTimestamp;
    this.flag = record.flag;
    this.storeSizeBytes = record.storeSize;
    this.reconsumeTimes = record.reconsumeTimes;
    this.#source = source;
    this.#propertiesText = record.propertiesText;
    this.#bornHost = record.bornHost;
    this.#storeHost = record.storeHost;
    this.#sysFlag = record.sysFlag;
    this.#body = Buffer.isBuffer(body) ? body : Buffer.from(body);
  }

  get messageId(): string {
    return this.property(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX) ?? this.offsetMessageId;
  }

  /** Where the broker stored it, as text. */
  get offsetMessageId(): string {
    return encodeMessageId(this.#storeHost, this.commitLogOffset);
  }

  get tag(): string | undefined {
    return this.property(MessageConst.PROPERTY_TAGS);
  }

  get keys(): readonly string[] {
    return this.property(MessageConst.PROPERTY_KEYS)?.split(KEY_SEPARATOR) ?? [];
  }

  get shardingKey(): string | undefined {
    return this.property(MessageConst.PROPERTY_SHARDING_KEY);
  }

  get properties(): ReadonlyMap<string, string> {
    this.#properties ??= decodeProperties(this.#propertiesText);
    return this.#properties;
  }

  /** One property, without decoding the others. */
  property(name: string): string | undefined {
    return this.#properties === undefined ? findProperty(this.#propertiesText, name) : this.#properties.get(name);
  }

  /** The body, inflated. @throws MessageFormatError when it does not inflate */
  get body(): Buffer {
    if ((this.#sysFlag & MessageSysFlag.COMPRESSED) === 0) return this.#body;
    const known = this.#largeBody?.deref();
    if (known !== undefined) return known;
    const inflated = this.#inflated();
    if (inflated.length > KEPT_BODY_BYTES) this.#largeBody = new WeakRef(inflated);
    else {
      this.#body = inflated;
      this.#sysFlag = clearCompressedFlag(this.#sysFlag);
    }
    return inflated;
  }

  /** The body as the codec reads it. @throws what the codec throws */
  get value(): T {
    if (this.#value !== undefined) return this.#value.decoded;
    const { body } = this;
    const decoded = this.#source.codec.decode(body);
    const isLargeBody = this.#largeBody !== undefined && Object.is(decoded, body);
    if (!isLargeBody) this.#value = { decoded };
    return decoded;
  }

  get sysFlag(): number {
    return this.#largeBody === undefined ? this.#sysFlag : clearCompressedFlag(this.#sysFlag);
  }

  /** `ip:port` of the producer. */
  get bornHost(): string {
    return HostAddress.fromBytes(this.#bornHost).toString();
  }

  /** `ip:port` of the broker. */
  get storeHost(): string {
    return HostAddress.fromBytes(this.#storeHost).toString();
  }

  #inflated(): Buffer {
    const type = compressionTypeOf(this.#sysFlag);
    const compressor = this.#source.compressors.get(type);
    if (compressor === undefined) {
      throw new MessageFormatError(`message ${this.offsetMessageId}: the compressor of type ${type} is not loaded`);
    }
    return compressor.decompress(this.#body, MAX_BODY_BYTES);
  }
}
