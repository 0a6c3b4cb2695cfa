/**
 * The headers of a connection are alike: thousands of requests differ in
 * `opaque`, a queue, a time and a unique id. A template is a header that was
 * read, with the few values marked that change. Another header fits it when all
 * between those values is the same, which is found out several bytes at a time;
 * only the values that change are read then. This halves the cost of a send's
 * header once more (see BENCHMARKS.md).
 */
import { AsciiText } from '@rocketmq-ts/common';
import type { HeaderSource } from '../remoting-command.js';
import type { HeaderCodec } from './header-codec.js';
import type { HeaderScanner } from './header-scanner.js';
import type { FieldSlots } from './scanned-fields.js';

/** Longer headers are not worth remembering: most of them would be values that change. */
const MAX_TEMPLATE_BYTES = 2048;
const ZERO = 0x30;

const WORD_BYTES = 8;
/** Numbers kept of each gap: start and length of what stands before it, its field's hash and the length of its key, or NOT_A_FIELD. */
const SLOTS = 4;
const NOT_A_FIELD = -1;

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
  /**
   * The values that change, in their order, and behind the last the end: with
   * many connections none of this is in the processor's caches when a request
   * comes, so that it has to lie in few places.
   */
  readonly #gaps: Int32Array;
  /** What does not change, eight bytes each; the last word of a run may overlap the one before it. Printable ASCII is never the bits of a NaN, which equals nothing. */
  readonly #words: Float64Array;

  private constructor({ scanner, source, codec, header }: Lesson, bytes: Buffer, fields: readonly Field[]) {
    this.code = scanner.code;
    this.version = scanner.version;
    this.flag = scanner.flag;
    this.language = scanner.language;
    this.opaque = scanner.opaque;
    this.codec = codec;
    this.header = keptHeader(header as object);
    this.#bytes = bytes;
    this.#fields = fields;
    const changing: { start: number; end: number; field: Field | undefined }[] = fields
      .filter(({ changes }) => changes)
      // The quotes are looked at with the string.
      .map((field) => ({ start: field.valueStart - 1, end: field.valueEnd + 1, field }));
    const { opaqueStart, opaqueEnd } = scanner;
    changing.push({ start: opaqueStart - source.start, end: opaqueEnd - source.start, field: undefined });
    changing.sort((a, b) => a.start - b.start);
    changing.push({ start: bytes.length, end: bytes.length, field: undefined });
    const words: number[] = [];
    let from = 0;
    this.#gaps = Int32Array.from(
      changing.flatMap(({ start, end, field }) => {
        const run = [from, start - from];
        addWords(words, bytes, from, start);
        from = end;
        return [...run, field?.hash ?? 0, field === undefined ? NOT_A_FIELD : field.keyEnd - field.keyStart];
      }),
    );
    this.#words = Float64Array.from(words);
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

  /** What is the same in all headers that fit: templates of one text are one for the other. */
  get steadyText(): string {
    const gaps = this.#gaps;
    const runs: string[] = [];
    for (let i = 0; i < gaps.length; i += SLOTS) {
      runs.push(this.#bytes.toString('latin1', gaps[i]!, gaps[i]! + gaps[i + 1]!));
    }
    return runs.join('\n');
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
    const gaps = this.#gaps;
    const last = gaps.length - SLOTS;
    let at = start;
    let word = 0;
    fields.begin(chunk, view);
    for (let gap = 0; ; gap += SLOTS) {
      const length = gaps[gap + 1]!;
      if (at + length > end || !this.#isAt(gaps[gap]!, length, word, chunk, view, at)) return false;
      word += wordsOf(length);
      at += length;
      if (gap === last) return at === end;
      const keyLength = gaps[gap + 3]!;
      if (keyLength === NOT_A_FIELD) {
        at = this.#opaque(chunk, at);
        if (at < 0) return false;
        continue;
      }
      const behind = fields.string(at, end);
      if (behind < 0) return false;
      const keyEnd = at - 2;
      fields.add(gaps[gap + 2]!, keyEnd - keyLength, keyEnd, at + 1, behind - 1);
      at = behind;
    }
  }

  /** True when the `length` bytes of the template from `run` on, of which the words begin at `word`, are at `at` of `chunk`. */
  #isAt(run: number, length: number, word: number, chunk: Buffer, view: DataView, at: number): boolean {
    if (length < WORD_BYTES) {
      const bytes = this.#bytes;
      for (let i = 0; i < length; i++) if (chunk[at + i] !== bytes[run + i]) return false;
      return true;
    }
    const words = this.#words;
    const lastWord = at + length - WORD_BYTES;
    let i = word;
    for (let position = at; position < lastWord; position += WORD_BYTES, i++) {
      if (view.getFloat64(position, true) !== words[i]) return false;
    }
    return view.getFloat64(lastWord, true) === words[i];
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

/** Whoever was given the header may do with it what he wants, and the bytes of its texts are written over. */
function keptHeader(header: object): object {
  const kept: Record<string, unknown> = { ...header };
  for (const name in kept) {
    const value = kept[name];
    if (value instanceof AsciiText) kept[name] = value.copy();
  }
  return kept;
}

/** How many words a run has: none when it is shorter than one. */
function wordsOf(length: number): number {
  return length < WORD_BYTES ? 0 : (length + WORD_BYTES - 1) >> 3;
}

/** Adds the words of the run in `[start, end)`. */
function addWords(words: number[], bytes: Buffer, start: number, end: number): void {
  const count = wordsOf(end - start);
  for (let i = 0; i < count; i++) words.push(bytes.readDoubleLE(Math.min(start + i * WORD_BYTES, end - WORD_BYTES)));
}

/** Headers that a connection sends before it is worth remembering any. */
const LEARN_AFTER = 32;
const MAX_TEMPLATES = 4;
/** A connection of which the headers are never twice alike must not keep us learning. */
const MAX_LESSONS = 64;

/** Beyond, all are forgotten here; connections keep those that they have. */
const MAX_SHARED = 256;

/**
 * The templates of all connections of a server. Clients of one kind send the
 * same headers: read by one template, which stays in the processor's caches,
 * instead of by one for each connection.
 */
export class SharedTemplates {
  readonly #templates = new Map<string, HeaderTemplate>();

  /** The template that is used for this one. */
  of(template: HeaderTemplate): HeaderTemplate {
    const text = template.steadyText;
    const known = this.#templates.get(text);
    if (known?.codec === template.codec) return known;
    if (this.#templates.size >= MAX_SHARED) this.#templates.clear();
    this.#templates.set(text, template);
    return template;
  }
}

/** The templates of one connection. */
export class HeaderTemplates {
  readonly #shared: SharedTemplates | undefined;
  #templates: HeaderTemplate[] = [];
  #seen = 0;
  #lessons = 0;

  constructor(shared?: SharedTemplates) {
    this.#shared = shared;
  }

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
    const learned = HeaderTemplate.of(lesson, this.#templates[former]);
    if (learned === undefined) return;
    // The first of a layout is like no other: of most values it does not know that they change.
    const template = former < 0 ? learned : (this.#shared?.of(learned) ?? learned);
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
