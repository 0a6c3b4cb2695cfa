/**
 * Java's number types as far as filters see them: text to int, long and double exactly as Integer.valueOf, Long.valueOf
 * and Double.valueOf take it, and their order. A message passes a filter or not by these rules, so they are to the letter.
 */

/** A number of the reference: its Java type decides how text is converted before it is compared with it. */
export interface JavaNumber {
  readonly type: 'int' | 'long' | 'double';
  /** A bigint only for a long beyond the safe integers. */
  readonly value: number | bigint;
}

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;
const MAX_SAFE_DIGITS = 15;
const BMP_DECIMAL_DIGIT = /^\p{Nd}$/u;

/** Value of a decimal digit of any script in one UTF-16 unit, or -1. Source: Character.digit. */
function digitValue(unit: number): number {
  if (unit < 128) return unit >= 48 && unit <= 57 ? unit - 48 : -1;
  if (!BMP_DECIMAL_DIGIT.test(String.fromCharCode(unit))) return -1;
  // Unicode lays digits out in runs from 0 to 9 that start at …0 or, in the Indic blocks, at …6.
  const startsAtZero = BMP_DECIMAL_DIGIT.test(String.fromCharCode(unit & 0xfff0));
  return startsAtZero ? unit & 15 : (unit & 15) - 6;
}

/** Index of the first digit: 1 after a sign, else 0. */
function signLength(text: string): number {
  const unit = text.charCodeAt(0);
  return unit === 0x2b || unit === 0x2d ? 1 : 0;
}

/** Integer.valueOf; undefined where Java throws NumberFormatException. */
export function parseJavaInt(text: string): number | undefined {
  const start = signLength(text);
  if (start >= text.length) return undefined;
  let value = 0;
  for (let i = start; i < text.length; i++) {
    const digit = digitValue(text.charCodeAt(i));
    if (digit < 0) return undefined;
    value = value * 10 + digit;
    if (value > INT_MAX + 1) return undefined;
  }
  if (text.charCodeAt(0) === 0x2d) value = -value;
  return value < INT_MIN || value > INT_MAX ? undefined : value;
}

/** Long.valueOf, as a bigint only beyond the safe integers; undefined where Java throws NumberFormatException. */
export function parseJavaLong(text: string): number | bigint | undefined {
  const start = signLength(text);
  if (start >= text.length) return undefined;
  let small = 0;
  let first = start;
  for (let i = start; i < text.length; i++) {
    const digit = digitValue(text.charCodeAt(i));
    if (digit < 0) return undefined;
    if (small === 0 && digit === 0) first = i + 1;
    if (i - first < MAX_SAFE_DIGITS) small = small * 10 + digit;
  }
  const negative = text.charCodeAt(0) === 0x2d;
  if (text.length - first <= MAX_SAFE_DIGITS) return negative ? -small : small;
  return bigLong(text, first, negative);
}

function bigLong(text: string, first: number, negative: boolean): number | bigint | undefined {
  if (text.length - first > 19) return undefined;
  let value = 0n;
  for (let i = first; i < text.length; i++) value = value * 10n + BigInt(digitValue(text.charCodeAt(i)));
  if (negative) value = -value;
  if (value < LONG_MIN || value > LONG_MAX) return undefined;
  return narrowLong(value);
}

/** The same long as a number if that is exact. */
function narrowLong(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const DECIMAL_DOUBLE = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?$/;
const HEX_DOUBLE = /^([+-]?)0[xX](?:([0-9a-fA-F]+)\.?|([0-9a-fA-F]*)\.([0-9a-fA-F]+))[pP]([+-]?[0-9]+)[fFdD]?$/;

/** Double.valueOf; undefined where Java throws NumberFormatException. */
export function parseJavaDouble(text: string): number | undefined {
  const trimmed = trimJava(text);
  if (DECIMAL_DOUBLE.test(trimmed)) {
    const last = trimmed.charCodeAt(trimmed.length - 1) | 0x20;
    return Number(last === 0x66 || last === 0x64 ? trimmed.slice(0, -1) : trimmed);
  }
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (special !== null) return special[1] === '-' ? -Number(special[2]) : Number(special[2]);
  const hex = HEX_DOUBLE.exec(trimmed);
  return hex === null ? undefined : hexDouble(hex);
}

/** String.trim of Java: drops units up to U+0020 at both ends, and no others. */
export function trimJava(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function hexDouble([, sign, whole, left, right, power]: RegExpExecArray): number {
  const fraction = right ?? '';
  const significand = BigInt(`0x${whole ?? `${left}${fraction}`}`);
  const magnitude = scaleByPowerOfTwo(significand, Number(power) - 4 * fraction.length);
  return sign === '-' ? -magnitude : magnitude;
}

/** significand × 2^exponent, rounded once, half to even. */
function scaleByPowerOfTwo(significand: bigint, exponent: number): number {
  if (significand === 0n) return 0;
  const bits = significand.toString(2).length;
  const top = bits + exponent;
  if (top > 1024) return Number.POSITIVE_INFINITY;
  if (top < -1075) return 0;
  // What is kept: 53 bits, fewer where the last place would fall below 2^-1074.
  const kept = Math.min(53, top + 1074);
  const rounded = roundToBits(significand, bits, kept);
  const shift = exponent + Math.max(0, bits - kept);
  // In two steps, as 2^shift alone may be out of range; the last step alone may touch the subnormals, and is exact.
  return Number(rounded) * 2 ** Math.max(shift, -1022) * 2 ** Math.min(0, shift + 1022);
}

function roundToBits(significand: bigint, bits: number, kept: number): bigint {
  if (bits <= kept) return significand;
  const dropped = BigInt(bits - kept);
  const floor = significand >> dropped;
  const rest = significand - (floor << dropped);
  const half = 1n << (dropped - 1n);
  const up = rest > half || (rest === half && (floor & 1n) === 1n);
  return up ? floor + 1n : floor;
}

/** Order of two ints or longs, of which one or both may be bigints: negative, 0 or positive. */
export function compareIntegers(left: number | bigint, right: number | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Double.compare: a total order in which -0.0 comes before 0.0 and NaN is equal to itself and above all. */
export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (Object.is(left, right)) return 0;
  if (Number.isNaN(left)) return 1;
  if (Number.isNaN(right)) return -1;
  return Object.is(left, -0) ? -1 : 1;
}

/** Order of two numbers after the promotion that the reference does: to double if one is, else to long. */
export function compareJavaNumbers(left: JavaNumber, right: JavaNumber): number {
  if (left.type === 'double' || right.type === 'double') return compareDoubles(Number(left.value), Number(right.value));
  return compareIntegers(left.value, right.value);
}

/** Unary minus; ints and longs wrap as in Java. Source: UnaryExpression#negate. */
export function negateJavaNumber({ type, value }: JavaNumber): JavaNumber {
  if (type === 'double') return { type, value: -value };
  if (type === 'int') return { type, value: value === INT_MIN ? INT_MIN : 0 - Number(value) };
  return { type, value: narrowLong(BigInt.asIntN(64, -BigInt(value))) };
}

/** A decimal literal: an int if it fits, else a long; undefined if neither. Source: ConstantExpression#createFromDecimal. */
export function javaNumberOfDecimal(text: string): JavaNumber | undefined {
  const value = parseJavaLong(/[lL]$/.test(text) ? text.slice(0, -1) : text);
  if (value === undefined) return undefined;
  return { type: value >= INT_MIN && value <= INT_MAX ? 'int' : 'long', value };
}

/** As Java prints it; doubles as Double.toString. */
export function formatJavaNumber({ type, value }: JavaNumber): string {
  if (type !== 'double') return String(value);
  const number = Number(value);
  const size = Math.abs(number);
  if (!Number.isFinite(number)) return String(number);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(number) ? `${number}.0` : String(number);
  const [digits, exponent] = number.toExponential().split('e') as [string, string];
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}
