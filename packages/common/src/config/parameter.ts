/**
 * How one configuration parameter is declared, and how its text is read and
 * written. Everything else about configuration derives from these declarations.
 */

import { formatJavaDouble } from '../json/java-json.js';
import type { Environment } from './environment.js';

/** The Java types of parameters; `enum` is text out of a fixed list. */
export type ParameterKind = 'string' | 'int' | 'long' | 'double' | 'boolean' | 'enum';

/** What a number counts. */
export type Unit = 'ms' | 's' | 'min' | 'h' | 'bytes' | 'percent';

/** A default: a value, or one made from the environment. */
export type Default<T> = T | ((environment: Environment) => T);

export interface ParameterOptions<T> {
  readonly default: Default<T>;
  /** One sentence on what it sets. */
  readonly doc: string;
  readonly unit?: Unit;
  /** Smallest and largest number accepted. Default: what the Java type holds, as far as a double is exact. */
  readonly min?: number;
  readonly max?: number;
  /** May be changed while running, by UPDATE_*_CONFIG. Never a path, a class, an address, an identity or a credential. Default: false. */
  readonly reloadable?: boolean;
  /** Printed by `-m`. Default: false. */
  readonly important?: boolean;
  /** Its value is masked wherever configuration is shown. Default: false. */
  readonly secret?: boolean;
  /** Our code acts on it; setting one that is not effective gives a warning. Default: false. */
  readonly effective?: boolean;
  /** Why nothing needs to act on it: what it sets in the reference does not exist here, or what it is for comes without it. Set with a value of its own it gives a line in the log that says so, and no warning. */
  readonly moot?: string;
  /** Acts only once somebody has set it, whatever its default: see `Configuration#isSet`. Default: false. */
  readonly deliberate?: boolean;
  /** Not in the reference: left out wherever configuration is shown or written, unless somebody has set it. Default: false. */
  readonly ours?: boolean;
  /** The key in configuration files, where it differs from the name that is shown. */
  readonly key?: string;
}

export interface Parameter<T = unknown> extends ParameterOptions<T> {
  readonly kind: ParameterKind;
  /** The accepted texts of an `enum`. */
  readonly values?: readonly string[];
}

/** The TypeScript type of a parameter's value. */
export type ParameterValue<P> = P extends Parameter<infer T> ? T : never;

/** A number between the bounds of Java's `int`. */
function int(options: ParameterOptions<number>): Parameter<number> {
  return { min: -2147483648, max: 2147483647, ...options, kind: 'int' };
}

/** A whole number of Java's type `long`; ours stop at 2^53. */
function long(options: ParameterOptions<number>): Parameter<number> {
  return { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, ...options, kind: 'long' };
}

function double(options: ParameterOptions<number>): Parameter<number> {
  return { ...options, kind: 'double' };
}

function boolean(options: ParameterOptions<boolean>): Parameter<boolean> {
  return { ...options, kind: 'boolean' };
}

function string(options: ParameterOptions<string>): Parameter<string> {
  return { ...options, kind: 'string' };
}

/** Text that may be missing (null in the reference). */
function optionalString(
  options: Omit<ParameterOptions<string | undefined>, 'default'> & {
    readonly default?: Default<string | undefined>;
  },
): Parameter<string | undefined> {
  return { default: undefined, ...options, kind: 'string' };
}

function oneOf<const V extends readonly string[]>(
  values: V,
  options: ParameterOptions<V[number]>,
): Parameter<V[number]> {
  return { ...options, kind: 'enum', values };
}

/** The ways to declare a parameter. */
export const parameter = { int, long, double, boolean, string, optionalString, oneOf } as const;

/** The default in this environment. */
export function defaultOf<T>(declared: Parameter<T>, environment: Environment): T {
  const value = declared.default;
  return typeof value === 'function' ? (value as (environment: Environment) => T)(environment) : value;
}

/** What is accepted, in words: for error messages and the reference pages. */
export function acceptedValues(declared: Parameter): string {
  switch (declared.kind) {
    case 'boolean':
      return 'true or false';
    case 'enum':
      return `one of ${declared.values?.join(', ')}`;
    case 'string':
      return 'text without line breaks';
    case 'double':
      return declared.min === undefined && declared.max === undefined
        ? 'a number'
        : `a number from ${declared.min ?? '-Infinity'} to ${declared.max ?? 'Infinity'}`;
    default:
      return `a whole number from ${declared.min} to ${declared.max}`;
  }
}

function parseNumber(declared: Parameter, text: string): number | undefined {
  const pattern = declared.kind === 'double' ? /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/ : /^[+-]?\d+$/;
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  const inRange = value >= (declared.min ?? -Infinity) && value <= (declared.max ?? Infinity);
  return Number.isFinite(value) && inRange ? value : undefined;
}

/** The value that a text stands for, `undefined` when it is not accepted; no kind accepts line breaks. Space around it does not count. */
export function parseParameter(declared: Parameter, text: string): string | number | boolean | undefined {
  if (/[\r\n\0]/.test(text)) {
    return undefined;
  }
  const trimmed = text.trim();
  switch (declared.kind) {
    case 'string':
      return trimmed;
    case 'enum':
      return declared.values?.find((value) => value.toLowerCase() === trimmed.toLowerCase());
    case 'boolean': {
      const lower = trimmed.toLowerCase();
      return lower === 'true' ? true : lower === 'false' ? false : undefined;
    }
    default:
      return parseNumber(declared, trimmed);
  }
}

/** The text of a value, as Java prints it; empty for a missing one. */
export function formatParameter(declared: Parameter, value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  return declared.kind === 'double' ? formatJavaDouble(value as number) : String(value);
}
