/**
 * The text form of message properties: `key 0x01 value 0x02`, repeated. Maps are
 * made for those who need all of them; the broker's hot path looks for single
 * ones in the text, without a map.
 */

/** Between the key and the value of a property. */
export const NAME_VALUE_SEPARATOR = '\u0001';
/** After each property. */
export const PROPERTY_SEPARATOR = '\u0002';
/** Longest properties text in bytes: its length is a signed 16-bit number. */
export const MAX_PROPERTIES_BYTES = 32767;

const SEPARATOR_CODE = 1;

/**
 * All properties of a text. As in the reference: a part without separator, with
 * an empty key or an empty value is skipped, and of two with one key the last
 * wins. Source: MessageDecoder#string2messageProperties.
 */
export function decodeProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  let start = 0;
  let separator = -1;
  while (start < text.length) {
    const end = endOfProperty(text, start);
    // Looked for again only when it is behind: of a text of ends alone each would cost a search to its end.
    if (separator < start) separator = text.indexOf(NAME_VALUE_SEPARATOR, start);
    if (separator < 0) break;
    if (separator > start && separator < end - 1) {
      properties.set(text.substring(start, separator), text.substring(separator + 1, end));
    }
    start = end + 1;
  }
  return properties;
}

/** The text of properties, in the order of the iteration. Source: MessageDecoder#messageProperties2String. */
export function encodeProperties(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of properties) {
    text += key + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR;
  }
  return text;
}

/** The value of one property, or `undefined`; the same as `decodeProperties(text).get(key)`, without the map. */
export function findProperty(text: string, key: string): string | undefined {
  // The last of several wins, so the search goes from the end.
  for (let at = text.lastIndexOf(key); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(key, at - 1)) {
    const separator = at + key.length;
    if (text.charCodeAt(separator) !== SEPARATOR_CODE || !startsProperty(text, at) || key.length === 0) continue;
    const end = endOfProperty(text, separator);
    if (end > separator + 1) return text.substring(separator + 1, end);
  }
  return undefined;
}

/** The text without any property of this key; the same text when there is none. Source: MessageUtils#deleteProperty. */
export function removeProperty(text: string, key: string): string {
  let kept = '';
  let keptTo = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf(key, from);
    if (at < 0 || key.length === 0) return keptTo === 0 ? text : kept + text.substring(keptTo);
    from = at + key.length;
    if (text.charCodeAt(from) !== SEPARATOR_CODE || !startsProperty(text, at)) continue;
    kept += text.substring(keptTo, at);
    from = Math.min(endOfProperty(text, from) + 1, text.length);
    keptTo = from;
    if (keptTo === text.length) return kept;
  }
}

/** The text with one more property at its end; the caller knows that the key is not in the text yet. */
export function appendProperty(text: string, key: string, value: string): string {
  const closed = text.length === 0 || text.endsWith(PROPERTY_SEPARATOR) ? text : text + PROPERTY_SEPARATOR;
  return closed + key + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR;
}

/** The text with the property set: an older one of the key is taken out, the new one stands at the end. */
export function setProperty(text: string, key: string, value: string): string {
  return appendProperty(removeProperty(text, key), key, value);
}

/** What is wrong with a property's key or value, or `undefined`: the separators may not be part of them. */
export function checkProperty(key: string, value: string): string | undefined {
  if (key.length === 0) return 'a property has an empty name';
  if (hasSeparator(key)) return `the name of property '${key}' holds a separator (0x01 or 0x02)`;
  if (hasSeparator(value)) return `the value of property '${key}' holds a separator (0x01 or 0x02)`;
  return undefined;
}

/**
 * Looks for a fixed list of properties in one pass over a text and keeps where
 * they are, without allocating; values are cut out when asked for. One scanner
 * serves any number of texts, one after the other.
 *
 * ```ts
 * const scanner = new PropertyScanner(['KEYS', 'TAGS']);
 * scanner.scan(text);
 * const tags = scanner.value(1);
 * ```
 */
export class PropertyScanner {
  readonly #keys: readonly string[];
  /** Slots of the keys by key length: most properties are ruled out by their length alone. */
  readonly #slotsByLength: number[][] = [];
  /** First letter of each key. */
  readonly #firsts: Int32Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #text = '';

  constructor(keys: readonly string[]) {
    this.#keys = keys;
    this.#firsts = Int32Array.from(keys, (key) => key.charCodeAt(0));
    this.#starts = new Int32Array(keys.length);
    this.#ends = new Int32Array(keys.length);
    const longest = keys.reduce((length, key) => Math.max(length, key.length), 0);
    for (let length = 0; length <= longest; length++) this.#slotsByLength.push([]);
    keys.forEach((key, slot) => {
      this.#slotsByLength[key.length]?.push(slot);
    });
  }

  /** Reads a text; what was found in the one before is forgotten. */
  scan(text: string): void {
    this.#text = text;
    const ends = this.#ends;
    for (let slot = 0; slot < ends.length; slot++) ends[slot] = 0;
    let start = 0;
    let separator = -1;
    while (start < text.length) {
      const end = endOfProperty(text, start);
      if (separator < start) separator = text.indexOf(NAME_VALUE_SEPARATOR, start);
      if (separator < 0) return;
      if (separator > start && separator < end - 1) this.#note(start, separator, end);
      start = end + 1;
    }
  }

  /** The value of the key at this place of the list, or `undefined`. */
  value(slot: number): string | undefined {
    const end = this.#ends[slot];
    return end === undefined || end === 0 ? undefined : this.#text.substring(this.#starts[slot]!, end);
  }

  /** True when the key at this place of the list was found. */
  has(slot: number): boolean {
    return (this.#ends[slot] ?? 0) !== 0;
  }

  #note(start: number, separator: number, end: number): void {
    const slots = this.#slotsByLength[separator - start];
    if (slots === undefined) return;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      // Most of one length differ in their first letter, which costs less to look at than a call.
      if (this.#text.charCodeAt(start) !== this.#firsts[slot]) continue;
      if (!this.#text.startsWith(this.#keys[slot]!, start)) continue;
      this.#starts[slot] = separator + 1;
      this.#ends[slot] = end;
      return;
    }
  }
}

function endOfProperty(text: string, from: number): number {
  const end = text.indexOf(PROPERTY_SEPARATOR, from);
  return end < 0 ? text.length : end;
}

function startsProperty(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === PROPERTY_SEPARATOR;
}

function hasSeparator(text: string): boolean {
  return text.includes(NAME_VALUE_SEPARATOR) || text.includes(PROPERTY_SEPARATOR);
}
