/** Looks for properties in a text that stayed bytes. */
import type { AsciiText } from '../ascii-text.js';
import { readLatin1 } from '../buffer-text.js';

const NAME_VALUE_SEPARATOR = 1;
const PROPERTY_SEPARATOR = 2;
/** Found slots are the bits of a number. */
const MAX_KEYS = 31;

/**
 * As `PropertyScanner`, for ASCII in bytes: keeps where the properties of a
 * fixed list are. One serves any number of texts, one after the other.
 */
export class AsciiPropertyScanner {
  /** Bit n is set when the key at n of the list was found. */
  found = 0;
  /** No value holds a separator: each can be copied to where separators need care. */
  isPlain = true;
  readonly #keys: readonly Buffer[];
  /** Slots of the keys by key length: most properties are ruled out by their length alone. */
  readonly #slotsByLength: number[][] = [];
  #bytes: Buffer = Buffer.alloc(0);
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(keys: readonly string[]) {
    if (keys.length > MAX_KEYS) throw new Error(`${keys.length} keys are more than the ${MAX_KEYS} of one scanner`);
    this.#keys = keys.map((key) => Buffer.from(key));
    this.#starts = new Int32Array(keys.length);
    this.#ends = new Int32Array(keys.length);
    const longest = keys.reduce((length, key) => Math.max(length, key.length), 0);
    for (let length = 0; length <= longest; length++) this.#slotsByLength.push([]);
    keys.forEach((key, slot) => {
      this.#slotsByLength[key.length]?.push(slot);
    });
  }

  /** Reads a text; what was found in the one before is forgotten. */
  scan({ bytes, view, start, end }: AsciiText): void {
    this.#bytes = bytes;
    this.found = 0;
    this.isPlain = true;
    for (let nameStart = start; nameStart < end; ) {
      const middle = findSeparator(view, nameStart, end);
      if (middle === end) return;
      if (bytes[middle] === PROPERTY_SEPARATOR) {
        nameStart = middle + 1;
        continue;
      }
      let stop = findSeparator(view, middle + 1, end);
      while (stop < end && bytes[stop] === NAME_VALUE_SEPARATOR) {
        this.isPlain = false;
        stop = findSeparator(view, stop + 1, end);
      }
      if (middle > nameStart && stop > middle + 1) this.#note(bytes, nameStart, middle, stop);
      nameStart = stop + 1;
    }
  }

  /** True when the key at this place of the list was found. */
  has(slot: number): boolean {
    return (this.found & (1 << slot)) !== 0;
  }

  /** Where the value of a key that was found begins, in the bytes of the text. */
  start(slot: number): number {
    return this.#starts[slot]!;
  }

  /** Where it ends. */
  end(slot: number): number {
    return this.#ends[slot]!;
  }

  /** The value of a key that was found. */
  text(slot: number): string {
    return readLatin1(this.#bytes, this.start(slot), this.end(slot));
  }

  #note(bytes: Buffer, start: number, middle: number, stop: number): void {
    const slots = this.#slotsByLength[middle - start];
    if (slots === undefined) return;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (!isAt(bytes, start, this.#keys[slot]!)) continue;
      this.#starts[slot] = middle + 1;
      this.#ends[slot] = stop;
      this.found |= 1 << slot;
      return;
    }
  }
}

function isAt(bytes: Buffer, start: number, key: Buffer): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}

/** Where the next of the two separators is, or another byte below 3; `end` when there is none. */
function findSeparator(view: DataView, start: number, end: number): number {
  let at = start;
  // Four bytes at a time: subtracting 3 from each borrows from the next highest bit where it is smaller.
  for (; at <= end - 4; at += 4) {
    const word = view.getInt32(at, true);
    const hits = (word - 0x03030303) & ~word & 0x80808080;
    if (hits !== 0) return at + ((31 - Math.clz32(hits & -hits)) >> 3);
  }
  while (at < end && view.getUint8(at) > PROPERTY_SEPARATOR) at++;
  return at;
}
