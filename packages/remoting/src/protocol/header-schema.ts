/**
 * How wire commands and their headers are declared: as data. Types, codecs
 * (`generated/headers.ts`), the table of commands and the protocol reference
 * derive from these declarations. Nothing here encodes or decodes.
 */

import type { AsciiText } from '@rocketmq-ts/common';

/**
 * The Java types of header fields. All are text on the wire; `long` must stay
 * below 2^53 in magnitude. `ascii` is a string of letters, digits and plain
 * signs, which may be written from its bytes. `text` is a string that may stay
 * bytes when it is read: those are gone after the call that the header is for.
 */
export type FieldKind = 'string' | 'ascii' | 'text' | 'int' | 'long' | 'boolean' | 'double';

interface KindTypes {
  string: string;
  ascii: string;
  text: string | AsciiText;
  int: number;
  long: number;
  boolean: boolean;
  double: number;
}

/**
 * What becomes of a field that is not on the wire: a `required` one is an
 * error, a `defaulted` one takes its default, an `optional` one is undefined.
 */
export type Presence = 'required' | 'defaulted' | 'optional';

export interface FieldOptions {
  /** Name on the wire, where it differs from the declared name. */
  readonly wire?: string;
  /** What the field means, with its unit. */
  readonly doc?: string;
}

export interface Field<K extends FieldKind = FieldKind, P extends Presence = Presence> extends FieldOptions {
  readonly kind: K;
  readonly presence: P;
  /** Value of a `defaulted` field that is missing. */
  readonly fallback?: KindTypes[K];
}

/** A field without which the receiver refuses the command. */
export function required<K extends FieldKind>(kind: K, options: FieldOptions = {}): Field<K, 'required'> {
  return { kind, presence: 'required', ...options };
}

/**
 * A field that has a value even when it is missing on the wire: primitives of
 * the reference, and fields that its classes initialise. It is always written.
 */
export function defaulted<K extends FieldKind>(
  kind: K,
  fallback: KindTypes[K],
  options: FieldOptions = {},
): Field<K, 'defaulted'> {
  return { kind, presence: 'defaulted', fallback, ...options };
}

/** A field that may be missing; it is then `undefined`. */
export function optional<K extends FieldKind>(kind: K, options: FieldOptions = {}): Field<K, 'optional'> {
  return { kind, presence: 'optional', ...options };
}

/** Fields by their name on the wire, in the order in which they are written. */
export type Fields = Readonly<Record<string, Field>>;

type NamesOf<F extends Fields, P extends Presence> = {
  [N in keyof F]: F[N]['presence'] extends P ? N : never;
}[keyof F];

type ValueOf<F extends Field> = KindTypes[F['kind']];

/** What a field is written from. */
type InitOf<F extends Field> = F['kind'] extends 'ascii' ? string | AsciiText : ValueOf<F>;

/** The decoded form of a header: one property per field. */
export type HeaderValues<F extends Fields> = {
  [N in NamesOf<F, 'required' | 'defaulted'>]: ValueOf<F[N]>;
} & {
  [N in NamesOf<F, 'optional'>]?: ValueOf<F[N]> | undefined;
};

/** What is needed to write a header: `defaulted` fields may be left out. */
export type HeaderInitValues<F extends Fields> = {
  readonly [N in NamesOf<F, 'required'>]: InitOf<F[N]>;
} & {
  readonly [N in NamesOf<F, 'defaulted' | 'optional'>]?: InitOf<F[N]> | undefined;
};

/** A header class of the reference, declared. */
export interface HeaderSchema<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
  /** Read for every message: its codec gets a `scan` function besides. */
  readonly hot: boolean;
}

/** Declares a header class of the reference; `hot` ones are read for every message. */
export function defineHeader<const F extends Fields>(
  name: string,
  fields: F,
  options: { readonly hot?: boolean } = {},
): HeaderSchema<F> {
  return { name, fields, hot: options.hot ?? false };
}

/** The values of a declared header, as decoded; `undefined` for commands without a header. */
export type Header<S> = S extends HeaderSchema<infer F> ? HeaderValues<F> : undefined;

/** The values that a declared header is written from. */
export type HeaderInit<S> = S extends HeaderSchema<infer F> ? HeaderInitValues<F> : undefined;

/** Who answers a command. */
export type CommandTarget = 'namesrv' | 'broker' | 'client' | 'controller' | 'container' | 'proxy';

export interface CommandDeclaration<
  Q extends HeaderSchema | undefined = HeaderSchema | undefined,
  A extends HeaderSchema | undefined = HeaderSchema | undefined,
> {
  /** The number on the wire. */
  readonly code: number;
  /** The reference's name of the code, e.g. `SEND_MESSAGE_V2`. */
  readonly name: string;
  readonly to: readonly CommandTarget[];
  readonly request: Q;
  readonly response: A;
  /** True for constants that the reference declares but never handles. */
  readonly unused: boolean;
  readonly doc: string;
}

export interface CommandOptions<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined> {
  readonly code: number;
  readonly name: string;
  readonly to: readonly CommandTarget[];
  readonly request?: Q;
  readonly response?: A;
  readonly unused?: boolean;
  readonly doc: string;
}

export function defineCommand<
  Q extends HeaderSchema | undefined = undefined,
  A extends HeaderSchema | undefined = undefined,
>(options: CommandOptions<Q, A>): CommandDeclaration<Q, A> {
  return {
    code: options.code,
    name: options.name,
    to: options.to,
    request: options.request as Q,
    response: options.response as A,
    unused: options.unused ?? false,
    doc: options.doc,
  };
}
