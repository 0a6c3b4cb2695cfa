/** The header of a frame that is about to be sent, in its declared and its free part. */
import type { HeaderCodec } from '../protocol/header-codec.js';
import type { ExtFields } from '../remoting-command.js';
import { jsonExtFragment } from './header-codec.js';

/** The header of a frame to send: its codec and values, further ext fields, or both. */
export interface OutgoingHeader {
  readonly codec?: HeaderCodec<unknown> | undefined;
  readonly values?: unknown;
  readonly ext?: ExtFields | undefined;
}

/** Its ext fields as the inside of a JSON object. */
export function jsonFragmentOf({ codec, values, ext }: OutgoingHeader): string {
  const declared = codec !== undefined && values !== undefined ? codec.writeJson(values) : '';
  if (ext === undefined) return declared;
  const further = jsonExtFragment(ext);
  return declared === '' || further === '' ? declared + further : `${declared},${further}`;
}
