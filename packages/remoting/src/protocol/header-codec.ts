/**
 * What the generated header codecs are made of: their interface, and reading
 * field values as strictly as the reference's classes do. Straight loops instead
 * of regular expressions, since this runs several times per message.
 */
import type { AsciiText } from '@rocketmq-ts/common';
import { RemotingError } from '../errors.js';
import type { ExtFields } from '../remoting-command.js';
import type { FieldWriter } from './field-writer.js';

/**
 * Turns one declared header into ext fields and back. `X` is the decoded form,
 * `I` what it is written from. Fields that are undefined are not written.
 */
export interface HeaderCodec<X, I = X> {
  /** Reads the declared fields; others are ignored. Throws RemotingCommandError. */
  decode(ext: ExtFields): X;
  /** As `decode`, from a header that was only scanned; there for hot headers. What is not among `fields` is taken from `like`. */
  scan?(fields: ScannedFields, like: X | undefined): X;
  /** The fields as a map of text. */
  toExt(header: I): Record<string, string>;
  /** Writes the fields, in the order of their declaration. */
  write(header: I, writer: FieldWriter): void;
}

/** The ext fields that were noted; valid until the scanner reads the next header. */
export interface ScannedFields {
  readonly count: number;
  /** Java's hash of the key. */
  keyHash(index: number): number;
  isKey(index: number, key: string): boolean;
  value(index: number): string;
  /** The value as it lies in the bytes, when it is of the plain form. */
  text(index: number): string | AsciiText;
  int(index: number, field: string): number;
  long(index: number, field: string): number;
  boolean(index: number): boolean;
}

/** A header that lacks a field or holds one that cannot be read. Source: RemotingCommandException. */
export class RemotingCommandError extends RemotingError {
  readonly code = 'REMOTING_COMMAND';
  readonly retryable = false;
}

const INT_LIMIT = 2147483648;
const LONG_MAX = '9223372036854775807';
const LONG_MIN = '9223372036854775808';
const SHOWN_CHARS = 64;

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;

/** The value of a field that must be there. */
export function present(value: string | undefined, field: string): string {
  if (typeof value === 'string') return value;
  throw absentOrForeign(value, field);
}

/** The value of a field that may be missing. */
export function text(value: string | undefined, field: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw absentOrForeign(value, field);
}

/** A scanned field that must be there. */
export function there<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw absentOrForeign(value, field);
  return value;
}

function absentOrForeign(value: unknown, field: string): RemotingCommandError {
  if (value === undefined || value === null) return new RemotingCommandError(`the custom field <${field}> is null`);
  return new RemotingCommandError(`the custom field <${field}> is not text but of type ${typeof value}`);
}

/** `Integer.parseInt`: an optional sign, digits, 32 bits. */
export function parseInt32(value: string, field: string): number {
  const length = value.length;
  const first = length === 0 ? 0 : value.charCodeAt(0);
  let position = first === MINUS || first === PLUS ? 1 : 0;
  if (position === length) throw notA('int', value, field);
  let magnitude = 0;
  for (; position < length; position++) {
    const digit = value.charCodeAt(position) - ZERO;
    if (digit < 0 || digit > 9) throw notA('int', value, field);
    magnitude = magnitude * 10 + digit;
    if (magnitude > INT_LIMIT) throw notA('int', value, field);
  }
  if (first === MINUS) return magnitude === 0 ? 0 : -magnitude;
  if (magnitude === INT_LIMIT) throw notA('int', value, field);
  return magnitude;
}

/**
 * `Long.parseLong`, for magnitudes below 2^53. Larger ones that fit 64 bits
 * become the largest safe integer of their sign: clients send `Long.MAX_VALUE`
 * for "no limit", and nothing else that large occurs.
 */
export function parseLong(value: string, field: string): number {
  const length = value.length;
  const first = length === 0 ? 0 : value.charCodeAt(0);
  let position = first === MINUS || first === PLUS ? 1 : 0;
  if (position === length) throw notA('long', value, field);
  let magnitude = 0;
  for (; position < length; position++) {
    const digit = value.charCodeAt(position) - ZERO;
    if (digit < 0 || digit > 9) throw notA('long', value, field);
    magnitude = magnitude * 10 + digit;
  }
  if (magnitude > Number.MAX_SAFE_INTEGER) magnitude = saturated(value, field);
  if (first === MINUS) return magnitude === 0 ? 0 : -magnitude;
  return magnitude;
}

/** Only reached for a signed run of digits whose value is beyond 2^53. */
function saturated(value: string, field: string): number {
  const digits = value.replace(/^[+-]?0*/, '');
  const limit = value.charCodeAt(0) === MINUS ? LONG_MIN : LONG_MAX;
  if (digits.length > limit.length || (digits.length === limit.length && digits > limit))
    throw notA('long', value, field);
  return Number.MAX_SAFE_INTEGER;
}

/** `Boolean.parseBoolean`: everything but "true" (in any case) is false. */
export function parseBoolean(value: string): boolean {
  return value === 'true' || (value.length === 4 && value.toLowerCase() === 'true');
}

/** `Double.parseDouble`, without its hexadecimal form and type suffixes. */
export function parseDouble(value: string, field: string): number {
  const trimmed = value.trim();
  const number = Number(trimmed);
  if (trimmed === '' || (Number.isNaN(number) && trimmed !== 'NaN')) throw notA('double', value, field);
  return number;
}

function notA(kind: string, value: string, field: string): RemotingCommandError {
  return new RemotingCommandError(
    `the custom field <${field}> is not a valid ${kind}: '${value.slice(0, SHOWN_CHARS)}'`,
  );
}
