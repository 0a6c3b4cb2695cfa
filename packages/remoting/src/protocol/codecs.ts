/** Finds the generated codec of a declared header. */
import { HEADER_CODECS } from './generated/headers.js';
import type { HeaderCodec } from './header-codec.js';
import type { Header, HeaderInit, HeaderSchema } from './header-schema.js';

/**
 * The codec of `schema`. Look it up once, not per message.
 *
 * @throws Error when none was generated: run `npm run generate` after a change of the declarations.
 */
export function codecOf<S extends HeaderSchema>(schema: S): HeaderCodec<Header<S>, HeaderInit<S>> {
  const codec = HEADER_CODECS.get(schema);
  if (codec === undefined) throw new Error(`header ${schema.name} has no codec: run npm run generate`);
  return codec as HeaderCodec<Header<S>, HeaderInit<S>>;
}
