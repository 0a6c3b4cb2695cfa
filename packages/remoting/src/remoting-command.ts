/** A decoded remoting frame, and the constants of its fixed fields. Encoding and decoding are in `connection/`. */

/** How a header is written: as JSON text, or in the binary form that the reference calls ROCKETMQ. */
export const SerializeType = { JSON: 0, ROCKETMQ: 1 } as const;
export type SerializeType = (typeof SerializeType)[keyof typeof SerializeType];

/** The flattened header fields of a command, as text. May come straight from `JSON.parse`: read declared names only. */
export type ExtFields = Readonly<Record<string, string>>;

const RESPONSE_FLAG = 1;
const ONEWAY_FLAG = 2;

/** No ext fields. */
export const NO_EXT_FIELDS: ExtFields = Object.freeze(Object.create(null) as Record<string, string>);

/** Where the text of a JSON header lies in the bytes that were received. */
export interface HeaderSource {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The fixed fields of a command. */
export interface CommandFields {
  readonly code: number;
  readonly language: string;
  readonly version: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string | undefined;
}

/**
 * One request or response as it came from the wire. `body` is a view of the
 * received chunk: whoever keeps it beyond the current call copies it first. That
 * of a request is gone once the request is answered.
 *
 * Source: RemotingCommand.
 */
export class RemotingCommand {
  /** Request code, or response code in a response. */
  readonly code: number;
  /** Name of the sender's language, e.g. `JAVA`. */
  readonly language: string;
  /** The sender's version number (`MQVersion` ordinal). */
  readonly version: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string | undefined;
  #ext: ExtFields | undefined;
  #headerSource: HeaderSource | undefined;

  constructor(
    /** Anything with the fixed fields; it is not kept. */
    fields: CommandFields,
    /** The ext fields; undefined when they are read from `headerSource` once somebody asks. */
    ext: ExtFields | undefined,
    readonly body: Buffer | undefined,
    readonly serializeType: SerializeType,
    /** The header as it came, when it is JSON that was only scanned. */
    headerSource?: HeaderSource,
  ) {
    this.code = fields.code;
    this.language = fields.language;
    this.version = fields.version;
    this.opaque = fields.opaque;
    this.flag = fields.flag;
    this.remark = fields.remark;
    this.#ext = ext;
    this.#headerSource = headerSource;
  }

  /** The same with another body. */
  withBody(body: Buffer | undefined): RemotingCommand {
    return new RemotingCommand(this, this.#ext, body, this.serializeType, this.#headerSource);
  }

  /** The same in memory of its own, for those who keep it. */
  kept(): RemotingCommand {
    return new RemotingCommand(this, this.ext, this.body && Buffer.from(this.body), this.serializeType);
  }

  /** The fields as text. Of a request they may be asked for until it has been handed to its processor. */
  get ext(): ExtFields {
    if (this.#ext === undefined) this.#ext = extFieldsOf(this.#headerSource);
    return this.#ext;
  }

  /** Lets go of the received bytes: a request that waits for long must not keep them. */
  dropHeader(): void {
    this.#headerSource = undefined;
  }

  get isResponse(): boolean {
    return (this.flag & RESPONSE_FLAG) !== 0;
  }

  get isOneway(): boolean {
    return (this.flag & ONEWAY_FLAG) !== 0;
  }
}

function extFieldsOf(source: HeaderSource | undefined): ExtFields {
  if (source === undefined) throw new Error('the ext fields of a request were asked for after it was dispatched');
  const text = source.chunk.toString('latin1', source.start, source.end);
  return (JSON.parse(text) as { extFields?: ExtFields }).extFields ?? NO_EXT_FIELDS;
}

/** Values of the `flag` field of what we send. */
export const CommandFlag = { REQUEST: 0, RESPONSE: RESPONSE_FLAG, ONEWAY: ONEWAY_FLAG } as const;
