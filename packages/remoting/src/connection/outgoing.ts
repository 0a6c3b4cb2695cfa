/** Requests and responses that are about to be sent. */
import type { Lender } from '@rocketmq-ts/common';
import type { HeaderCodec } from '../protocol/header-codec.js';
import type { ExtFields, SerializeType } from '../remoting-command.js';

/** A body in one piece, in several, or none. */
export type BodyParts = Uint8Array | readonly Uint8Array[] | undefined;

/** The header of a frame to send, in its declared and its free part: a codec and its values, further ext fields, or both. */
export interface OutgoingHeader {
  readonly codec?: HeaderCodec<unknown> | undefined;
  readonly values?: unknown;
  readonly ext?: ExtFields | undefined;
}

/** What a frame to send holds. */
export interface OutgoingContent extends OutgoingHeader {
  readonly body?: BodyParts;
  /** For each piece of the body who can keep it as it is until it was sent; pieces that nobody keeps are copied. */
  readonly lenders?: readonly (Lender | undefined)[] | undefined;
}

/** A request to send. */
export interface OutgoingRequest extends OutgoingContent {
  readonly code: number;
  /** For error texts. */
  readonly name: string;
  readonly remark?: string | undefined;
  readonly serializeType?: SerializeType;
  /** Instead of the connection's. */
  readonly language?: string | undefined;
}

/** A response to send; it takes opaque and serialization from the request. */
export interface OutgoingResponse extends OutgoingContent {
  readonly code: number;
  readonly remark?: string | undefined;
}
