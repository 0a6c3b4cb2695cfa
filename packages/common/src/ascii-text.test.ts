import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AsciiText } from './ascii-text.js';

const ascii = fc.string({
  unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});

test('a text is written where it is wanted, and nothing beside it', () => {
  fc.assert(
    fc.property(ascii, fc.nat(20), fc.nat(20), (text, before, at) => {
      const bytes = Buffer.from(`${'#'.repeat(before)}${text}##`);
      const piece = new AsciiText(bytes).at(before, before + text.length);
      const target = Buffer.alloc(100, '.');
      piece.copyTo(new DataView(target.buffer, target.byteOffset, target.length), at);
      expect(target.toString('latin1')).toBe('.'.repeat(at) + text + '.'.repeat(100 - at - text.length));
      expect([String(piece), piece.length]).toEqual([text, text.length]);
    }),
  );
});

test('a copy stays when the bytes are written over', () => {
  const bytes = Buffer.from('KEYS and TAGS');
  const text = new AsciiText(bytes).at(0, 4);
  const copy = text.copy();
  bytes.fill('x');
  expect([String(copy), String(text)]).toEqual(['KEYS', 'xxxx']);
});
