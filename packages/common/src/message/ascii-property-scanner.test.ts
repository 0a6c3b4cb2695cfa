import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AsciiText } from '../ascii-text.js';
import { AsciiPropertyScanner } from './ascii-property-scanner.js';
import { decodeProperties } from './property.js';

/** Texts that are nearly property texts: few letters, many separators; now and then longer words. */
const crookedText = fc.string({
  unit: fc.constantFrom('a', 'b', 'ab', 'abab', '~', ' ', 'WAIT', '\u0001', '\u0002', '\u0001true\u0002'),
  maxLength: 24,
});
const KEYS = ['a', 'b', 'ab', 'aa', 'abab', 'WAIT'];

test('finds in bytes what the map of the text has, and forgets the text before', () => {
  const scanner = new AsciiPropertyScanner(KEYS);
  fc.assert(
    fc.property(crookedText, fc.nat(9), (text, before) => {
      const bytes = Buffer.from(`${'a\u0001'.repeat(before)}${text}b\u0001`);
      scanner.scan(new AsciiText(bytes).at(2 * before, 2 * before + text.length));
      const map = decodeProperties(text);
      const found = KEYS.map((_, slot) => (scanner.has(slot) ? scanner.text(slot) : undefined));
      expect(found).toEqual(KEYS.map((key) => map.get(key)));
      if (scanner.isPlain) expect([...map.values()].join('')).not.toMatch(/[\u0001\u0002]/);
    }),
    { numRuns: 3000 },
  );
});

test('says when a value holds a separator', () => {
  const scanner = new AsciiPropertyScanner(KEYS);
  scanner.scan(AsciiText.of('a\u0001x\u0001y\u0002b\u0001z\u0002'));
  expect([scanner.isPlain, scanner.text(0), scanner.text(1)]).toEqual([false, 'x\u0001y', 'z']);
  scanner.scan(AsciiText.of('a\u0001x\u0002'));
  expect(scanner.isPlain).toBe(true);
});

test('refuses more keys than it has bits for', () => {
  expect(() => new AsciiPropertyScanner(Array.from({ length: 32 }, (_, i) => `k${i}`))).toThrow('32 keys');
});
