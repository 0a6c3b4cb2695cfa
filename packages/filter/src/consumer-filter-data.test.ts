import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConsumerFilterData, consumerFilterDataFromJson } from './consumer-filter-data.js';
import { ExpressionCache } from './expression-cache.js';
import { FilterCompileError, FilterError } from './filter-error.js';

const golden: Record<string, unknown> = JSON.parse(
  readFileSync(new URL('./testdata/bloom.json', import.meta.url), 'utf8'),
).consumerFilterData;
const cache = new ExpressionCache();

test('the reference’s JSON is read and written back', () => {
  expect(JSON.stringify(consumerFilterDataFromJson(golden, cache).toJson())).toBe(JSON.stringify(golden));
  const withBits = { bloomFilterData: { bitNum: 112, bitPos: [105, 17, 70] }, ...golden };
  expect(JSON.stringify(consumerFilterDataFromJson(withBits, cache).toJson())).toBe(JSON.stringify(withBits));
});

test('it is dead from the time its last consumer left', () => {
  const fields = { consumerGroup: 'G', topic: 'T', expression: 'a = 1', expressionType: 'SQL92', clientVersion: 1 };
  const data = new ConsumerFilterData({ ...fields, bornTime: 100 }, cache);
  expect([data.isDead(), data.howLongAfterDeath(500)]).toEqual([false, -1]);
  data.deadTime = 300;
  expect([data.isDead(), data.howLongAfterDeath(500)]).toEqual([true, 200]);
  expect([data.isMsgInLive(100), data.isMsgInLive(101)]).toEqual([false, true]);
});

test('an expression that does not compile is an error', () => {
  expect(() => consumerFilterDataFromJson({ ...golden, expression: 'a >' }, cache)).toThrow(FilterCompileError);
  expect(() => consumerFilterDataFromJson({ ...golden, expressionType: 'GROOVY' }, cache)).toThrow(FilterCompileError);
});

test('any JSON gives filter data or a FilterError', () => {
  const anyField = fc.dictionary(fc.constantFrom('bloomFilterData', ...Object.keys(golden)), fc.jsonValue());
  fc.assert(
    fc.property(anyField, (fields) => {
      try {
        consumerFilterDataFromJson({ ...golden, ...fields }, cache);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
      }
    }),
    { numRuns: 1_000 },
  );
});
