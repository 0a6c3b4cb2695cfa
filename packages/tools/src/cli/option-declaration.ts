/** How the options of a command are declared: as data, from which parsing, help and types derive. */

/** What an option's text becomes. `flag` options stand alone, all others take a value. */
export type OptionKind = 'text' | 'int' | 'long' | 'bool' | 'flag';

interface KindTypes {
  text: string;
  int: number;
  long: number;
  bool: boolean;
  flag: boolean;
}

export interface OptionDeclaration<K extends OptionKind = OptionKind, R extends boolean = boolean> {
  readonly kind: K;
  /** Without the hyphen; may have several letters (`bn`). */
  readonly short: string | undefined;
  /** Without the hyphens. */
  readonly long: string;
  readonly required: R;
  readonly doc: string;
}

/** The options of a command by the name that `run` knows them by. */
export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>;

type ValueOf<O> =
  O extends OptionDeclaration<infer K, infer R>
    ? K extends 'flag'
      ? boolean
      : R extends true
        ? KindTypes[K]
        : KindTypes[K] | undefined
    : never;

/** What `run` gets: flags are false when absent, other options undefined. */
export type OptionValues<D extends OptionDeclarations> = { readonly [N in keyof D]: ValueOf<D[N]> };

type Names = readonly [short: string, long: string];

function declare<K extends OptionKind, R extends boolean>(
  kind: K,
  required: R,
  names: Names,
  doc: string,
): OptionDeclaration<K, R> {
  const [short, long] = names;
  return { kind, short: short === '' ? undefined : short, long, required, doc };
}

/** Any text; spaces around it are cut off. Give `''` as the short name of an option that has none. */
export function text(short: string, long: string, doc: string): OptionDeclaration<'text', false> {
  return declare('text', false, [short, long], doc);
}

/** A text without which the command is refused. */
export function requiredText(short: string, long: string, doc: string): OptionDeclaration<'text', true> {
  return declare('text', true, [short, long], doc);
}

/** A 32-bit whole number. */
export function int(short: string, long: string, doc: string): OptionDeclaration<'int', false> {
  return declare('int', false, [short, long], doc);
}

/** A 32-bit whole number without which the command is refused. */
export function requiredInt(short: string, long: string, doc: string): OptionDeclaration<'int', true> {
  return declare('int', true, [short, long], doc);
}

/** A whole number of at most 2^53. */
export function long(short: string, long: string, doc: string): OptionDeclaration<'long', false> {
  return declare('long', false, [short, long], doc);
}

/** A whole number of at most 2^53, without which the command is refused. */
export function requiredLong(short: string, long: string, doc: string): OptionDeclaration<'long', true> {
  return declare('long', true, [short, long], doc);
}

/** `true` or `false`, in any case. */
export function bool(short: string, long: string, doc: string): OptionDeclaration<'bool', false> {
  return declare('bool', false, [short, long], doc);
}

/** An option without a value. */
export function flag(short: string, long: string, doc: string): OptionDeclaration<'flag', false> {
  return declare('flag', false, [short, long], doc);
}

/** The options that every command has. */
export const COMMON_OPTIONS = {
  help: flag('h', 'help', 'Print this help'),
  namesrvAddr: text('n', 'namesrvAddr', "Name servers, e.g. '192.168.0.1:9876;192.168.0.2:9876' (else NAMESRV_ADDR)"),
  json: flag('', 'json', 'Print JSON instead of text'),
} as const satisfies OptionDeclarations;
