import { decodeProperties } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexKeyOf, NO_KEY } from './index-key.js';
import { PropertyPicks } from './property-picks.js';

function keyOf(text: string | undefined): number {
  return text === undefined ? NO_KEY : indexKeyOf(text);
}

test('the picks are those of the map, in any property text', () => {
  const picks = new PropertyPicks();
  const names = fc.constantFrom('KEYS', 'TAGS', 'UNIQ_KEY', 'INNER_MULTI_DISPATCH', 'x', '值');
  const values = fc.constantFrom('a', 'some words', '7F0000010000', '值', '\u00ff', 'TAGS');
  const property = fc.tuple(names, values).map(([name, value]) => `${name}\u0001${value}\u0002`);
  const crooked = fc.constantFrom('\u0002', 'x\u0002', '\u0001x\u0002', 'KEYS', '\u0003');
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: property }, crooked), { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      const bytes = Buffer.from(`#${text}TAGS\u0001behind\u0002`);
      const end = 1 + Buffer.byteLength(text);
      picks.read({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }, 1, end);
      const map = decodeProperties(text);
      expect([picks.keys, picks.lightNames]).toEqual([map.get('KEYS'), map.get('INNER_MULTI_DISPATCH')]);
      expect([picks.uniqKey, picks.tags]).toEqual([keyOf(map.get('UNIQ_KEY')), keyOf(map.get('TAGS'))]);
    }),
    { numRuns: 2000 },
  );
});
