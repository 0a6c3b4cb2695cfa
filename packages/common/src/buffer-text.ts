/** Text in buffers, for hot paths: what `Buffer.toString` and `Buffer.write` end in, without their detours. */

/** Node has these on every buffer, the types do not. */
interface TextMethods {
  latin1Slice(this: Buffer, start: number, end: number): string;
  utf8Write(this: Buffer, text: string, position: number): number;
}

const { latin1Slice, utf8Write } = Buffer.prototype as unknown as TextMethods;

/** The text of `[start, end)`, a character for each byte. */
export function readLatin1(buffer: Buffer, start: number, end: number): string {
  return latin1Slice.call(buffer, start, end);
}

/** Writes the text in UTF-8, as far as there is room for whole characters; answers the number of bytes. */
export function writeUtf8(buffer: Buffer, text: string, position: number): number {
  return utf8Write.call(buffer, text, position);
}
