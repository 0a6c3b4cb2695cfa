/** Short texts of messages that wait for their answer. */
import { AsciiText } from '@rocketmq-ts/common';

const BLOCK_BYTES = 32 * 1024;

/** Copies of many texts in one buffer; it is freed with the last of them. */
export class KeptTexts {
  #block = new AsciiText(Buffer.alloc(0));

  /** A copy of `[start, end)` of what `text` is in. */
  keep(text: AsciiText, start: number, end: number): AsciiText {
    const at = this.#room(end - start);
    const { bytes, view } = this.#block;
    text.copyStretch(start, end, view, at);
    return new AsciiText(bytes, view).at(at, at + end - start);
  }

  #room(length: number): number {
    const { bytes, end } = this.#block;
    if (end + length > bytes.length) this.#block = new AsciiText(Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, length)));
    const at = this.#block.end;
    this.#block.end = at + length;
    return at;
  }
}
