import { javaHashCode } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { FilterError } from './filter-error.js';
import { parseSubscription } from './parse-subscription.js';
import { matchesTagText, TagFilter } from './tag-filter.js';

const tagged = parseSubscription('t', 'Aa || b', 'TAG', 1);

test('a message without tags code passes', () => {
  expect(new TagFilter(tagged).isMatchedByConsumeQueue(undefined)).toBe(true);
});

test('the time of a delayed message is compared by its low 32 bits', () => {
  const filter = new TagFilter(tagged);
  expect(filter.isMatchedByConsumeQueue(400 * 2 ** 32 + javaHashCode('b'))).toBe(true);
  expect(filter.isMatchedByConsumeQueue(400 * 2 ** 32 + javaHashCode('c'))).toBe(false);
});

test('a tag with the same hash passes the broker but not the client', () => {
  expect(javaHashCode('BB')).toBe(javaHashCode('Aa'));
  const filter = new TagFilter(tagged);
  expect(filter.isMatchedByConsumeQueue(javaHashCode('BB')) && filter.isMatchedByCommitLog()).toBe(true);
  expect(matchesTagText(tagged, 'BB')).toBe(false);
  expect(matchesTagText(tagged, 'Aa')).toBe(true);
});

test('everything passes a subscription to all', () => {
  const all = parseSubscription('t', '*', undefined, 1);
  expect(new TagFilter(all).isMatchedByConsumeQueue(123)).toBe(true);
  expect(matchesTagText(all, undefined)).toBe(true);
});

test('class filter mode and other types are refused', () => {
  expect(() => new TagFilter({ ...tagged, classFilterMode: true })).toThrow(FilterError);
  expect(() => new TagFilter({ ...tagged, expressionType: 'SQL92' })).toThrow(FilterError);
});
