import { AsciiText } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeaderBytes, SteadyBytes } from './header-bytes.js';

test('any text is quoted as JSON.stringify does', () => {
  const out = new HeaderBytes();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.nat(2000), (value, before) => {
      out.begin(Buffer.alloc(0), 0);
      out.text(AsciiText.of('x'.repeat(before)));
      out.byte(0x22);
      out.quoted(value);
      expect(out.view().toString('utf8', before)).toBe(JSON.stringify(value));
    }),
  );
});

test('a steady piece is written as it is, whatever its length and however full the buffer', () => {
  const out = new HeaderBytes();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(40), fc.nat(60), (text, before, sizeBytes) => {
      out.begin(Buffer.alloc(sizeBytes), 0);
      out.text(AsciiText.of('x'.repeat(before)));
      out.steady(new SteadyBytes(text));
      out.steady(new SteadyBytes(Buffer.from(text)));
      expect(out.view().toString('utf8', before)).toBe(text + text);
    }),
  );
});

test('separators of properties are escaped as the reference does', () => {
  const out = new HeaderBytes();
  out.byte(0x22);
  out.quoted('KEYS\u0001k\u0002');
  expect(out.view().toString()).toBe('"KEYS\\u0001k\\u0002"');
});

test('integers are written as their decimal text', () => {
  const out = new HeaderBytes();
  const edges = fc.constantFrom(0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, -1, -(2 ** 31), Number.MAX_SAFE_INTEGER);
  fc.assert(
    fc.property(fc.oneof(edges, fc.integer(), fc.maxSafeInteger()), (value) => {
      out.begin(Buffer.alloc(0), 0);
      out.number(value);
      expect(out.view().toString()).toBe(String(value));
    }),
  );
});

test('texts of any length and kind are written as UTF-8', () => {
  const out = new HeaderBytes();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 100 }), { maxLength: 30 }), (texts) => {
      out.begin(Buffer.alloc(0), 0);
      const lengths = texts.map((text) => out.utf8(text));
      expect(lengths).toEqual(texts.map((text) => Buffer.byteLength(text)));
      expect(out.view()).toEqual(Buffer.concat(texts.map((text) => Buffer.from(text))));
    }),
  );
});
