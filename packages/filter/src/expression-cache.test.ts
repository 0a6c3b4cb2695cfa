import { expect, test } from 'vitest';
import { ExpressionCache } from './expression-cache.js';
import { FilterCompileError } from './filter-error.js';
import { FILTER_LIMITS } from './limits.js';

test('an expression is compiled once, a refusal is remembered too', () => {
  const cache = new ExpressionCache();
  expect(cache.compile('SQL92', 'a = 1')).toBe(cache.compile('SQL92', 'a = 1'));
  const refusal = () => {
    try {
      cache.compile('SQL92', 'a =');
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(refusal()).toBeInstanceOf(FilterCompileError);
  expect(refusal()).toBe(refusal());
  expect(cache.size).toBe(2);
});

test('the expression that was not asked for the longest makes room', () => {
  const cache = new ExpressionCache(2);
  const first = cache.compile('SQL92', 'a = 1');
  const second = cache.compile('SQL92', 'a = 2');
  cache.compile('SQL92', 'a = 1');
  cache.compile('SQL92', 'a = 3');
  expect(cache.size).toBe(2);
  expect(cache.compile('SQL92', 'a = 1')).toBe(first);
  expect(cache.compile('SQL92', 'a = 2')).not.toBe(second);
});

test('unknown types and expressions that are too long are refused and not kept', () => {
  const cache = new ExpressionCache();
  expect(() => cache.compile('GROOVY', 'a = 1')).toThrow(/"GROOVY" is not known/);
  expect(() => cache.compile('SQL92', ' '.repeat(FILTER_LIMITS.expressionLength + 1))).toThrow(FilterCompileError);
  expect(cache.size).toBe(0);
});
