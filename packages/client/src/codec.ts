/** How applications' values become message bodies and come back. */

/** Turns values into bodies and bodies into values; may throw, which fails the send or the consumption. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(body: Buffer): T;
}

/** Bodies as they are. */
export const bytes: Codec<Uint8Array> = {
  encode: (value) => value,
  decode: (body) => body,
};

/** UTF-8 text. */
export const string: Codec<string> = {
  encode: (value) => Buffer.from(value),
  decode: (body) => body.toString('utf8'),
};

/** JSON text of values of type `T`; what comes back is not checked against the type. */
export function json<T>(): Codec<T> {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (body) => JSON.parse(body.toString('utf8')) as T,
  };
}
