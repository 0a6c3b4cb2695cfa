/**
 * The headers of a connection are alike: thousands of requests differ in
 * `opaque`, a queue, a time and a unique id. A template is a header that was
 * read, with the few values marked that change. Another header fits it when all
 * between those values is the same, which is found out several bytes at a time;
 * only the values that change are read then. This halves the cost of a send's
 * header once more (see BENCHMARKS.md).
 */

import type { HeaderSource } from '../remoting-command.js';
import type { HeaderCodec } from './header-codec.js';
import type { HeaderScanner } from './header-scanner.js';
import type { FieldSlots } from './scanned-fields.js';

/** Longer headers are not worth remembering: most of them would be values that change. */
const MAX_TEMPLATE_BYTES = 2048;
const ZERO = 0x30;

/** A value that changes, with what stands unchanged between the one before it and this one. */
interface Gap {
  readonly before: Run;
  /** Number of the field; undefined for `opaque`. */
  readonly field: Field | undefined;
}

/** Bytes that are always the same. */
interface Run {
  readonly length: number;
  /** Eight bytes each: printable ASCII is never the bits of a NaN, which equals nothing. */
  readonly words: Float64Array;
  /** Those that are left. */
  readonly rest: Uint8Array;
}

/** A field of the header, by where it is in its bytes. */
interface Field {
  readonly hash: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly changes: boolean;
}

/** A header that was scanned, and what was made of it. */
export interface Lesson {
  readonly scanner: HeaderScanner;
  readonly source: HeaderSource;
  readonly codec: HeaderCodec<unknown>;
  readonly header: unknown;
}

/** Made from a header that was just scanned. Its fixed fields are those of all headers that fit it, but for `opaque`. */
export class HeaderTemplate {
  readonly code: number;
  readonly version: number;
  readonly flag: number;
  readonly language: string;
  readonly remark: undefined = undefined;
  /** Of the header that fitted last. */
  opaque: number;
  /** Header and codec: decoded, the values that do not change are taken from here. */
  readonly header: unknown;
  readonly codec: HeaderCodec<unknown>;
  readonly #bytes: Buffer;
  readonly #fields: readonly Field[];
  readonly #gaps: readonly Gap[];
  readonly #end: Run;

  private constructor({ scanner, source, codec, header }: Lesson, bytes: Buffer, fields: readonly Field[]) {
    this.code = scanner.code;
    this.version = scanner.version;
    this.flag = scanner.flag;
    this.language = scanner.language;
    this.opaque = scanner.opaque;
    this.codec = codec;
    // Whoever was given the header may do with it what he wants.
    this.header = { ...(header as object) };
    this.#bytes = bytes;
    this.#fields = fields;
    const changing: { start: number; end: number; field: Field | undefined }[] = fields
      .filter(({ changes }) => changes)
      .map((field) => ({ start: field.valueStart, end: field.valueEnd, field }));
    changing.push({
      start: scanner.opaqueStart - source.start,
      end: scanner.opaqueEnd - source.start,
      field: undefined,
    });
    changing.sort((a, b) => a.start - b.start);
    let from = 0;
    this.#gaps = changing.map(({ start, end, field }) => {
      // The quote before a string is looked at with the string.
      const before = runOf(bytes.subarray(from, field === undefined ? start : start - 1));
      from = end + (field === undefined ? 0 : 1);
      return { before, field };
    });
    this.#end = runOf(bytes.subarray(from));
  }

  /**
   * The template of a header; undefined when it cannot be one. `former` is one
   * of the same layout: what changed for it changes for this, too.
   */
  static of(lesson: Lesson, former: HeaderTemplate | undefined): HeaderTemplate | undefined {
    const { scanner, source } = lesson;
    const { chunk, start, end } = source;
    if (end - start > MAX_TEMPLATE_BYTES || scanner.remark !== undefined || scanner.opaque < 0) return undefined;
    const bytes = Buffer.from(chunk.subarray(start, end));
    const slots = scanner.fields;
    const fields: Field[] = [];
    for (let i = 0; i < slots.count; i++) {
      const valueStart = slots.valueStart(i) - start;
      const valueEnd = slots.valueEnd(i) - start;
      fields.push({
        hash: slots.keyHash(i),
        keyStart: slots.keyStart(i) - start,
        keyEnd: slots.keyEnd(i) - start,
        valueStart,
        valueEnd,
        changes: former?.differs(i, bytes, valueStart, valueEnd) ?? false,
      });
    }
    // Of two fields of one name the later counts: that order would be lost.
    if (new Set(fields.map(({ hash }) => hash)).size < fields.length) return undefined;
    return new HeaderTemplate(lesson, bytes, fields);
  }

  /** True when the header that was scanned has the keys of this one. */
  hasLayoutOf({ fields, code, version, flag, language }: HeaderScanner, chunk: Buffer): boolean {
    if (code !== this.code || version !== this.version || flag !== this.flag || language !== this.language)
      return false;
    if (fields.count !== this.#fields.length) return false;
    return this.#fields.every(({ hash, keyStart, keyEnd }, i) => {
      if (fields.keyHash(i) !== hash) return false;
      return this.#bytes.compare(chunk, fields.keyStart(i), fields.keyEnd(i), keyStart, keyEnd) === 0;
    });
  }

  /** True when the value of a field is not that in `[start, end)` of `bytes`, or has changed before. */
  differs(index: number, bytes: Buffer, start: number, end: number): boolean {
    const { changes, valueStart, valueEnd } = this.#fields[index]!;
    return changes || this.#bytes.compare(bytes, start, end, valueStart, valueEnd) !== 0;
  }

  /** Whether the header in `[start, end)` of `chunk`, which `view` shows, fits; then `opaque` is its, and `fields` those that change. */
  fits(chunk: Buffer, view: DataView, start: number, end: number, fields: FieldSlots): boolean {
    fields.begin(chunk);
    let at = start;
    for (const { before, field } of this.#gaps) {
      if (!isAt(before, chunk, view, at, end)) return false;
      at += before.length;
      if (field === undefined) {
        at = this.#opaque(chunk, at);
        if (at < 0) return false;
        continue;
      }
      const behind = fields.string(at, end);
      if (behind < 0) return false;
      const keyEnd = at - 2;
      fields.add(field.hash, keyEnd - (field.keyEnd - field.keyStart), keyEnd, at + 1, behind - 1);
      at = behind;
    }
    return end - at === this.#end.length && isAt(this.#end, chunk, view, at, end);
  }

  /** Reads an integer that is not negative; answers the position behind it, or -1. */
  #opaque(chunk: Buffer, start: number): number {
    let at = start;
    let value = 0;
    for (; at - start <= 10; at++) {
      const digit = chunk[at]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const isPadded = chunk[start] === ZERO && at > start + 1;
    if (at === start || isPadded || (value | 0) !== value) return -1;
    this.opaque = value;
    return at;
  }
}

function runOf(bytes: Buffer): Run {
  const words = new Float64Array(bytes.length >> 3);
  for (let i = 0; i < words.length; i++) words[i] = bytes.readDoubleLE(i * 8);
  return { length: bytes.length, words, rest: new Uint8Array(bytes.subarray(words.length * 8)) };
}

function isAt({ length, words, rest }: Run, chunk: Buffer, view: DataView, start: number, end: number): boolean {
  if (start + length > end) return false;
  let at = start;
  for (let i = 0; i < words.length; i++, at += 8) if (view.getFloat64(at, true) !== words[i]) return false;
  for (let i = 0; i < rest.length; i++) if (chunk[at + i] !== rest[i]) return false;
  return true;
}

/** Headers that a connection sends before it is worth remembering any. */
const LEARN_AFTER = 32;
const MAX_TEMPLATES = 4;
/** A connection of which the headers are never twice alike must not keep us learning. */
const MAX_LESSONS = 64;

/** The templates of one connection. */
export class HeaderTemplates {
  #templates: HeaderTemplate[] = [];
  #seen = 0;
  #lessons = 0;

  /** The template that the header fits; `fields` are then its fields that change. */
  find(chunk: Buffer, view: DataView, start: number, end: number, fields: FieldSlots): HeaderTemplate | undefined {
    const templates = this.#templates;
    for (let i = 0; i < templates.length; i++) {
      if (templates[i]!.fits(chunk, view, start, end, fields)) return templates[i];
    }
    return undefined;
  }

  /** Remembers a header that fitted none. */
  learn(lesson: Lesson): void {
    if (++this.#seen < LEARN_AFTER || this.#lessons >= MAX_LESSONS) return;
    this.#lessons++;
    const { scanner, source } = lesson;
    const former = this.#templates.findIndex((template) => template.hasLayoutOf(scanner, source.chunk));
    const template = HeaderTemplate.of(lesson, this.#templates[former]);
    if (template === undefined) return;
    if (former >= 0) this.#templates[former] = template;
    else this.#templates = [...this.#templates.slice(-(MAX_TEMPLATES - 1)), template];
  }

  /** Forgets all, when the connection is quiet. */
  release(): void {
    this.#templates = [];
    this.#seen = 0;
    this.#lessons = 0;
  }
}
