import fc from 'fast-check';
import { test } from 'vitest';
import { quoted } from './field-writer.js';

test('any text is quoted as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (value) => quoted(value) === JSON.stringify(value)),
  );
});
