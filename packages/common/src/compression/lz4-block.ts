/**
 * The LZ4 block format: sequences of a token, literals, and a match (an offset
 * back into what was already written, and a length).
 *
 * ```
 * 1      token: literal length in the high half, match length − 4 in the low one; 15: more follows
 * 0 + n  rest of the literal length, bytes of 255 and a last one below; then the literals
 * 2      match offset, little-endian, 1 to 65535    (the last sequence ends before this)
 * 0 + n  rest of the match length
 * ```
 */
import { CompressionError } from './compressor.js';

const MIN_MATCH = 4;
const MAX_OFFSET = 65535;
/** The last match starts at least so far from the end; and so many bytes at the end are literals. */
const MATCH_LIMIT = 12;
const LAST_LITERALS = 5;
const HASH_BITS = 13;
/** After 2^6 positions without a match the search goes in longer and longer steps. */
const SKIP_BITS = 6;
/** Shorter copies are quicker in a loop than by a call. */
const SHORT_COPY = 24;

/** Largest size that `length` bytes can compress to. */
export function maxBlockBytes(length: number): number {
  return length + Math.floor(length / 255) + 16;
}

/** Finds matches for one block after the other; keeps its hash table between calls. */
export class Lz4BlockEncoder {
  /** Position behind the newest 4 bytes with a hash; 0 for none. */
  readonly #table = new Int32Array(1 << HASH_BITS);

  /**
   * Compresses `source[start, end)` to `target` from `at` on and returns the end of
   * what was written. `target` has room for `maxBlockBytes`. The search, which
   * is one loop, stays whole.
   */
  encode(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
    const table = this.#table.fill(0);
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    const searchEnd = end - MATCH_LIMIT;
    let anchor = start;
    let position = start;
    let output = at;
    let misses = 1 << SKIP_BITS;
    while (position <= searchEnd) {
      const word = view.getInt32(position, true);
      const slot = Math.imul(word, 0x9e37_79b1) >>> (32 - HASH_BITS);
      let match = table[slot]! - 1;
      table[slot] = position + 1;
      if (match < start || position - match > MAX_OFFSET || view.getInt32(match, true) !== word) {
        position += misses++ >> SKIP_BITS;
        continue;
      }
      misses = 1 << SKIP_BITS;
      while (position > anchor && match > start && source[position - 1] === source[match - 1]) {
        position--;
        match--;
      }
      const length = matchLength(source, view, { match, position, limit: end - LAST_LITERALS });
      const tokenAt = output;
      output = putLiterals(source, anchor, position, target, tokenAt);
      output = putMatch(target, output, position - match, length);
      target[tokenAt]! |= Math.min(length - MIN_MATCH, 15);
      position += length;
      anchor = position;
      if (position <= searchEnd) {
        // The bytes just before the next position are worth remembering too.
        table[Math.imul(view.getInt32(position - 2, true), 0x9e37_79b1) >>> (32 - HASH_BITS)] = position - 1;
      }
    }
    return putLiterals(source, anchor, end, target, output);
  }
}

interface MatchStart {
  readonly match: number;
  readonly position: number;
  readonly limit: number;
}

function matchLength(source: Uint8Array, view: DataView, { match, position, limit }: MatchStart): number {
  let length = MIN_MATCH;
  const longest = limit - position;
  while (length + 4 <= longest && view.getInt32(match + length) === view.getInt32(position + length)) length += 4;
  while (length < longest && source[match + length] === source[position + length]) length++;
  return length;
}

/** Writes a token for the literals `source[from, to)`, and them; the match half of the token is left 0. */
function putLiterals(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  const length = to - from;
  let output = at + 1;
  if (length < 15) target[at] = length << 4;
  else {
    target[at] = 0xf0;
    output = putLength(target, output, length - 15);
  }
  if (length > SHORT_COPY) target.set(source.subarray(from, to), output);
  else for (let i = 0; i < length; i++) target[output + i] = source[from + i]!;
  return output + length;
}

function putMatch(target: Uint8Array, at: number, offset: number, length: number): number {
  target[at] = offset;
  target[at + 1] = offset >>> 8;
  const rest = length - MIN_MATCH;
  return rest < 15 ? at + 2 : putLength(target, at + 2, rest - 15);
}

function putLength(target: Uint8Array, at: number, length: number): number {
  let output = at;
  let rest = length;
  for (; rest >= 255; rest -= 255) target[output++] = 255;
  target[output++] = rest;
  return output;
}

/** Decompressed bytes that grow as needed, up to a limit. */
export class Lz4Output {
  bytes: Buffer;
  length = 0;
  readonly #maxBytes: number;

  /** `firstBytes` is a guess of the size; `maxBytes` is never exceeded. */
  constructor(firstBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.bytes = Buffer.allocUnsafe(Math.min(firstBytes, maxBytes));
  }

  /** Makes room for bytes up to `end`; throws `CompressionError` beyond the limit. */
  grow(end: number): Buffer {
    if (end > this.#maxBytes) throw new CompressionError(`LZ4: more than ${this.#maxBytes} bytes come out`);
    const bytes = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(end, this.bytes.length * 2)));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    return bytes;
  }
}

/** What one block may do. */
export interface Lz4BlockLimits {
  /** Matches reach back to here in the output, and no further. */
  readonly historyStart: number;
  /** Most bytes the block may decompress to. */
  readonly maxBlockBytes: number;
}

/**
 * Decompresses the block `source[start, end)` behind what is in `output`.
 * Throws `CompressionError` for damaged data. One loop, kept whole.
 */
export function decodeLz4Block(
  source: Uint8Array,
  start: number,
  end: number,
  output: Lz4Output,
  limits: Lz4BlockLimits,
): void {
  const outputLimit = output.length + limits.maxBlockBytes;
  let bytes = output.bytes;
  let at = start;
  let to = output.length;
  while (at < end) {
    const token = source[at++]!;
    let length = token >>> 4;
    if (length === 15) {
      for (let more = 255; more === 255; length += more) {
        if (at >= end) throw damaged('a literal length is cut off');
        more = source[at++]!;
      }
    }
    if (length > end - at) throw damaged('literals are cut off');
    if (to + length > outputLimit) throw damaged('a block is larger than its frame says');
    if (to + length > bytes.length) {
      output.length = to;
      bytes = output.grow(to + length);
    }
    if (length > SHORT_COPY) bytes.set(source.subarray(at, at + length), to);
    else for (let i = 0; i < length; i++) bytes[to + i] = source[at + i]!;
    at += length;
    to += length;
    if (at === end) break;
    if (end - at < 2) throw damaged('a match offset is cut off');
    const from = to - (source[at]! | (source[at + 1]! << 8));
    at += 2;
    if (from < limits.historyStart || from === to) throw damaged('a match reaches outside of the data');
    length = token & 15;
    if (length === 15) {
      for (let more = 255; more === 255; length += more) {
        if (at >= end) throw damaged('a match length is cut off');
        more = source[at++]!;
      }
    }
    length += MIN_MATCH;
    if (to + length > outputLimit) throw damaged('a block is larger than its frame says');
    if (to + length > bytes.length) {
      output.length = to;
      bytes = output.grow(to + length);
    }
    copyMatch(bytes, from, to, length);
    to += length;
  }
  output.length = to;
}

/** Copies a match, which may overlap what it makes: then the pattern repeats. */
function copyMatch(bytes: Buffer, from: number, to: number, length: number): void {
  const distance = to - from;
  if (length <= SHORT_COPY) {
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i]!;
    return;
  }
  if (distance === 1) {
    bytes.fill(bytes[from]!, to, to + length);
    return;
  }
  // Each round copies all that is there already, so that a short pattern doubles.
  for (let done = 0; done < length; ) {
    const chunk = Math.min(length - done, distance + done);
    bytes.copyWithin(to + done, from, from + chunk);
    done += chunk;
  }
}

function damaged(what: string): CompressionError {
  return new CompressionError(`LZ4: ${what}`);
}
