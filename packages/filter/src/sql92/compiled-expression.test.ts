import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FilterCompileError, FilterEvaluationError } from '../filter-error.js';
import { FILTER_LIMITS } from '../limits.js';
import { CompiledExpression } from './compiled-expression.js';
import type { PropertyLookup } from './scope.js';

interface Oracle {
  readonly contexts: readonly Readonly<Record<string, string>>[];
  readonly rows: readonly {
    readonly expression: string;
    readonly compile: 'ok' | 'error';
    readonly toString?: string;
    readonly results?: readonly (boolean | 'null' | { readonly error: string })[];
  }[];
}

const oracle: Oracle = JSON.parse(readFileSync(new URL('../testdata/sql92.json', import.meta.url), 'utf8'));

function lookupIn(properties: Readonly<Record<string, string>>): PropertyLookup {
  const map = new Map(Object.entries(properties));
  return (name) => map.get(name);
}

function outcome(expression: CompiledExpression, properties: Readonly<Record<string, string>>): string {
  try {
    return String(expression.evaluate(lookupIn(properties)));
  } catch (error) {
    expect(error).toBeInstanceOf(FilterEvaluationError);
    return 'error';
  }
}

function evaluate(expression: string, properties: Readonly<Record<string, string>> = {}): string {
  return outcome(new CompiledExpression(expression), properties);
}

describe('every expression of the reference table', () => {
  test.each(oracle.rows)('$expression', ({ expression, compile, results, ...row }) => {
    if (compile === 'error') {
      expect(() => new CompiledExpression(expression)).toThrow(FilterCompileError);
      return;
    }
    const compiled = new CompiledExpression(expression);
    const expected = results!.map((result) => (typeof result === 'object' ? 'error' : String(result)));
    expect(oracle.contexts.map((properties) => outcome(compiled, properties))).toEqual(expected);
    if (Object.hasOwn(row, 'toString')) expect(compiled.toString()).toBe(row.toString);
  });
});

describe('values', () => {
  test('a property that holds a large number is compared with a long without loss', () => {
    expect(evaluate('a = 9223372036854775807', { a: '9223372036854775807' })).toBe('true');
    expect(evaluate('a = 9223372036854775807', { a: '9223372036854775806' })).toBe('false');
    expect(evaluate('a < 9007199254740993', { a: '9007199254740992' })).toBe('true');
    expect(evaluate('a > -9007199254740993', { a: '-9007199254740992' })).toBe('true');
  });

  test('a long is compared with a double by its nearest double', () => {
    expect(evaluate('9223372036854775807 = 9.223372036854775807E18')).toBe('true');
  });

  test('text that does not fit the type of the literal is an error, not false', () => {
    expect(evaluate('a > 1', { a: '2147483648' })).toBe('error');
    expect(evaluate('a > 1.0', { a: '2147483648' })).toBe('true');
    expect(evaluate('a > 2147483648', { a: '9223372036854775808' })).toBe('error');
  });

  test('a condition on the left of text is an error, as in the reference', () => {
    expect(evaluate('(a = 1) = b', { a: '1', b: 'true' })).toBe('error');
    expect(evaluate('b = (a = 1)', { a: '1', b: 'true' })).toBe('true');
  });

  test('a side that is null makes an equation unknown on the left and false on the right', () => {
    expect(evaluate('a = b', { b: 'x' })).toBe('null');
    expect(evaluate('a = b', { a: 'x' })).toBe('false');
    expect(evaluate('a = b')).toBe('true');
  });

  test('property names that objects inherit are plain names', () => {
    expect(evaluate('constructor IS NULL AND __proto__ IS NULL')).toBe('true');
    expect(evaluate("__proto__ = 'x'", JSON.parse('{"__proto__":"x"}'))).toBe('true');
  });

  test('a property is looked up once at most, and only when it is needed', () => {
    const asked: string[] = [];
    const expression = new CompiledExpression("a BETWEEN 1 AND 3 AND (a = 2 OR b = 'x')");
    expression.evaluate((name) => {
      asked.push(name);
      return '2';
    });
    expect(asked).toEqual(['a']);
    expect(expression.propertyNames).toEqual(['a', 'b']);
  });
});

describe('text after the expression', () => {
  test('is ignored, and its place is told', () => {
    expect(new CompiledExpression('a > 1 b ;').ignoredFrom).toBe(6);
    expect(new CompiledExpression('a > 1 /* done */').ignoredFrom).toBeUndefined();
  });

  test('two minus signs are a comment only if the line ends', () => {
    expect(evaluate('a = --5', { a: '5' })).toBe('true');
    expect(() => new CompiledExpression('a = --5\n')).toThrow(/unexpected the end/);
  });

  test('a string ends at its last single quote', () => {
    expect(evaluate("a = 'it''s ''''x'", { a: "it's ''x" })).toBe('true');
    expect(() => new CompiledExpression("a = 'x'' OR b")).toThrow(/closing quote at line 1, column 8/);
  });
});

describe('errors', () => {
  test('name the place', () => {
    expect(() => new CompiledExpression('a > 1\nAND ;')).toThrow(/unexpected ";" at line 2, column 5/);
    expect(() => new CompiledExpression('a > TRUE')).toThrow(/TRUE is no number and cannot be compared by >/);
    expect(() => new CompiledExpression('a IN (1)')).toThrow(/unexpected "1": IN is followed by a list of strings/);
  });

  test('of an evaluation mean that the message does not match, and are reported', () => {
    const problems: string[] = [];
    const expression = new CompiledExpression('a > 1');
    expect(
      expression.matches(
        () => 'abc',
        ({ message }) => problems.push(message),
      ),
    ).toBe(false);
    expect(problems).toEqual(['a property has the value "abc", which is no int']);
    expect(expression.matches(() => '2')).toBe(true);
  });

  test('of a lookup are not taken for errors of the evaluation', () => {
    const expression = new CompiledExpression('a > 1');
    const failing = () => {
      throw new RangeError('broken');
    };
    expect(() => expression.matches(failing)).toThrow('broken');
    expect(expression.matches(() => '2')).toBe(true);
  });
});

describe('limits', () => {
  const nested = (levels: number) => `${'('.repeat(levels)}a = 1${')'.repeat(levels)}`;

  test('64 levels of nesting are accepted, more are refused however they are written', () => {
    expect(evaluate(nested(FILTER_LIMITS.depth), { a: '1' })).toBe('true');
    const tooDeep = [
      nested(FILTER_LIMITS.depth + 1),
      '('.repeat(10_000),
      `${'NOT '.repeat(4_000)}a`,
      `a = ${'- '.repeat(8_000)}1`,
      `a${' IS NULL'.repeat(100)}`,
      `a${" CONTAINS 'x'".repeat(100)}`,
      `TRUE${' = TRUE'.repeat(100)}`,
    ];
    for (const expression of tooDeep) expect(() => new CompiledExpression(expression)).toThrow(/nested deeper/);
  });

  test('a thousand operands are accepted, one more is refused', () => {
    const chain = (count: number) => Array.from({ length: count }, (_, i) => `a = ${i}`).join(' OR ');
    expect(evaluate(chain(500), { a: '499' })).toBe('true');
    expect(() => new CompiledExpression(chain(501))).toThrow(/more than 1000 operands/);
    const list = `a IN (${Array.from({ length: 1_000 }, (_, i) => `'${i}'`).join(',')})`;
    expect(() => new CompiledExpression(list)).toThrow(/more than 1000 operands/);
  });

  test('an expression that is too long is refused', () => {
    expect(() => new CompiledExpression(`a = '${'x'.repeat(FILTER_LIMITS.expressionLength)}'`)).toThrow(/allowed/);
  });

  test('nested ranges, which double the work at each level, are refused', () => {
    let expression = 'a';
    for (let level = 0; level < 20; level++) expression = `-(${expression} BETWEEN 1 AND 2)`;
    expect(() => new CompiledExpression(`${expression} IS NULL`)).toThrow(/too expensive/);
  });

  test('an evaluation that reads too much text is stopped', () => {
    const expression = new CompiledExpression(Array.from({ length: 100 }, () => "a CONTAINS 'x'").join(' OR '));
    expect(() => expression.evaluate(() => 'a'.repeat(32_767))).toThrow(FilterEvaluationError);
    expect(expression.evaluate(() => 'a'.repeat(1_000))).toBe(false);
  });

  test('a search that compares everything with everything is stopped', () => {
    const search = `${'x'.repeat(7_000)}y${'x'.repeat(8_000)}`;
    const expression = new CompiledExpression(`a CONTAINS '${search}'`);
    expect(() => expression.evaluate(() => 'x'.repeat(32_767))).toThrow(FilterEvaluationError);
    expect(expression.evaluate(() => search)).toBe(true);
    expect(expression.evaluate(() => 'x')).toBe(false);
  });
});
