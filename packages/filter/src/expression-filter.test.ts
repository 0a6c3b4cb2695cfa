import { describe, expect, test } from 'vitest';
import { BitsArray } from './bloom/bits-array.js';
import { BloomFilter } from './bloom/bloom-filter.js';
import { ConsumerFilterData } from './consumer-filter-data.js';
import { ExpressionCache } from './expression-cache.js';
import { ExpressionFilter, RetryExpressionFilter } from './expression-filter.js';
import { FilterError } from './filter-error.js';
import { parseSubscription } from './parse-subscription.js';
import type { EvaluationProblem } from './sql92/compiled-expression.js';

const bloomFilter = new BloomFilter({ errorRatePercent: 20, expectedCount: 32 });
const subscription = parseSubscription('Orders', 'price > 10', 'SQL92', 7);
const filterData = new ConsumerFilterData(
  {
    consumerGroup: 'G',
    topic: 'Orders',
    expression: 'price > 10',
    expressionType: 'SQL92',
    bornTime: 1_000,
    clientVersion: 7,
    bloomFilterData: bloomFilter.generate('G#Orders'),
  },
  new ExpressionCache(),
);

function bitMap(accepted: boolean): Uint8Array {
  const bits = new BitsArray(bloomFilter.bitCount);
  if (accepted) bloomFilter.hashTo(bloomFilter.generate('G#Orders'), bits);
  return bits.bytes;
}

describe('by the consume queue', () => {
  const filter = new ExpressionFilter(filterData, { subscription, bloomFilter });

  test('a bit map made after the registration decides', () => {
    expect(filter.isMatchedByConsumeQueue(0, { msgStoreTime: 1_001, filterBitMap: bitMap(true) })).toBe(true);
    expect(filter.isMatchedByConsumeQueue(0, { msgStoreTime: 1_001, filterBitMap: bitMap(false) })).toBe(false);
  });

  test('a message passes where no bit map speaks for the group', () => {
    const silent = bitMap(false);
    expect(filter.isMatchedByConsumeQueue(0)).toBe(true);
    expect(filter.isMatchedByConsumeQueue(0, { msgStoreTime: 1_000, filterBitMap: silent })).toBe(true);
    expect(filter.isMatchedByConsumeQueue(0, { msgStoreTime: 1_001, filterBitMap: undefined })).toBe(true);
    expect(filter.isMatchedByConsumeQueue(0, { msgStoreTime: 1_001, filterBitMap: silent.subarray(1) })).toBe(true);
    const other = new BloomFilter({ errorRatePercent: 20, expectedCount: 64 });
    const mismatched = new ExpressionFilter(filterData, { subscription, bloomFilter: other });
    expect(mismatched.isMatchedByConsumeQueue(0, { msgStoreTime: 1_001, filterBitMap: silent })).toBe(true);
  });
});

describe('by the properties', () => {
  test('only what is true passes, and problems are reported with the group', () => {
    const problems: string[] = [];
    const onProblem = ({ message }: EvaluationProblem, { consumerGroup }: ConsumerFilterData) =>
      problems.push(`${consumerGroup}: ${message}`);
    const filter = new ExpressionFilter(filterData, { subscription, onProblem });
    const prices = ['11', '10', undefined, 'free'];
    expect(prices.map((price) => filter.isMatchedByCommitLog(() => price))).toEqual([true, false, false, false]);
    expect(problems).toEqual(['G: a property has the value "free", which is no int']);
  });

  test('a retried message is judged by the expression of its first topic', () => {
    const retry = new RetryExpressionFilter({
      subscription: { ...subscription, topic: '%RETRY%G' },
      filterDataOf: (topic) => (topic === 'Orders' ? filterData : undefined),
    });
    const lookup = (properties: Record<string, string>) => (name: string) => properties[name];
    expect(retry.isMatchedByConsumeQueue()).toBe(true);
    expect(retry.isMatchedByCommitLog(lookup({ RETRY_TOPIC: 'Orders', price: '11' }))).toBe(true);
    expect(retry.isMatchedByCommitLog(lookup({ RETRY_TOPIC: 'Orders', price: '1' }))).toBe(false);
    expect(retry.isMatchedByCommitLog(lookup({ RETRY_TOPIC: 'Other', price: '1' }))).toBe(true);
    expect(retry.isMatchedByCommitLog(lookup({}))).toBe(true);
  });
});

test('class filter mode and tag subscriptions are refused', () => {
  const classFilter = { ...subscription, classFilterMode: true };
  const tags = parseSubscription('Orders', 'a', 'TAG', 7);
  const filterDataOf = () => undefined;
  for (const refused of [classFilter, tags]) {
    expect(() => new ExpressionFilter(filterData, { subscription: refused })).toThrow(FilterError);
    expect(() => new RetryExpressionFilter({ subscription: refused, filterDataOf })).toThrow(FilterError);
  }
});
