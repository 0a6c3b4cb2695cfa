/** Text that stays bytes: what is only copied from one place to another costs less than the string that would be made of it. */
import { readLatin1 } from './buffer-text.js';

const WORD_BYTES = 8;

/**
 * ASCII characters in the bytes of somebody who says how long they stay what
 * they are. One serves many texts of the same bytes, one after the other.
 */
export class AsciiText {
  start = 0;
  end = 0;
  /** Of the same memory as `bytes`. */
  readonly view: DataView;

  /** Holds the empty text until `at` is called. */
  constructor(
    readonly bytes: Buffer,
    view?: DataView,
  ) {
    this.view = view ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The text in bytes of its own; it must be ASCII. */
  static of(text: string): AsciiText {
    const bytes = Buffer.from(text, 'latin1');
    return new AsciiText(bytes).at(0, bytes.length);
  }

  /** Moves it to `[start, end)`. */
  at(start: number, end: number): this {
    this.start = start;
    this.end = end;
    return this;
  }

  /** Characters, and bytes. */
  get length(): number {
    return this.end - this.start;
  }

  toString(): string {
    return readLatin1(this.bytes, this.start, this.end);
  }

  /** The same in bytes of its own. */
  copy(): AsciiText {
    return AsciiText.of(this.toString());
  }

  /** Writes the text at `at`. */
  copyTo(view: DataView, at: number): void {
    this.copyStretch(this.start, this.end, view, at);
  }

  /** Writes the ASCII characters `[start, end)` of the same bytes: in words of eight bytes, of which the last may overlap the one before. They are never the bits of a NaN, which need not stay what they are. */
  copyStretch(start: number, end: number, view: DataView, at: number): void {
    const length = end - start;
    const source = this.view;
    if (length < WORD_BYTES) {
      for (let i = 0; i < length; i++) view.setUint8(at + i, source.getUint8(start + i));
      return;
    }
    const last = length - WORD_BYTES;
    for (let i = 0; i < last; i += WORD_BYTES) view.setFloat64(at + i, source.getFloat64(start + i, true), true);
    view.setFloat64(at + last, source.getFloat64(start + last, true), true);
  }
}
