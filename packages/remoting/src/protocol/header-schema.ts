/**
 * How wire commands and their headers are declared: as data. Types, codecs
 * (`generated/headers.ts`), the table of commands and the protocol reference
 * derive from these declarations. Nothing here encodes or decodes.
 */

/** The Java types of header fields. All are text on the wire; `long` must stay below 2^53 in magnitude. */
export type FieldKind = 'string' | 'int' | 'long' | 'boolean' | 'double';

interface KindTypes {
  string: string;
  int: number;
  long: number;
  boolean: boolean;
  double: number;
}

export interface FieldOptions {
  /** Name on the wire, where it differs from the declared name. */
  readonly wire?: string;
  /** What the field means, with its unit. */
  readonly doc?: string;
}

export interface Field<K extends FieldKind = FieldKind, R extends boolean = boolean> extends FieldOptions {
  readonly kind: K;
  readonly required: R;
}

/** A field without which the receiver refuses the command. */
export function required<K extends FieldKind>(kind: K, options: FieldOptions = {}): Field<K, true> {
  return { kind, required: true, ...options };
}

/** A field that may be missing; it is then `undefined`. */
export function optional<K extends FieldKind>(kind: K, options: FieldOptions = {}): Field<K, false> {
  return { kind, required: false, ...options };
}

export type Fields = Readonly<Record<string, Field>>;

/** The decoded form of a header: one property per field. */
export type HeaderValues<F extends Fields> = {
  [N in keyof F as F[N]['required'] extends true ? N : never]: KindTypes[F[N]['kind']];
} & {
  [N in keyof F as F[N]['required'] extends true ? never : N]?: KindTypes[F[N]['kind']] | undefined;
};

/** A header class of the reference, declared. */
export interface HeaderSchema<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
}

export function defineHeader<const F extends Fields>(name: string, fields: F): HeaderSchema<F> {
  return { name, fields };
}

/** The values of a declared header. */
export type Header<S> = S extends HeaderSchema<infer F> ? HeaderValues<F> : undefined;

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
