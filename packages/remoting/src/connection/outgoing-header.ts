/** The header of a frame that is about to be sent, in its declared and its free part. */
import type { HeaderCodec } from '../protocol/header-codec.js';
import type { ExtFields } from '../remoting-command.js';

/** The fields of a frame to send: a codec and its values, further ext fields, or both. */
export interface OutgoingHeader {
  readonly codec?: HeaderCodec<unknown> | undefined;
  readonly values?: unknown;
  readonly ext?: ExtFields | undefined;
}
