import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FilterCompileError, FilterEvaluationError } from '../filter-error.js';
import { CompiledExpression } from './compiled-expression.js';
import { parseJavaDouble, parseJavaInt, parseJavaLong } from './java-number.js';
import { KEYWORDS, SYMBOLS } from './token.js';

const piece = fc.constantFrom(
  ...KEYWORDS,
  ...SYMBOLS,
  ...['a', 'b', '__proto__', '1', '2.5', '3L', '.5e1', '9223372036854775808', "'x'", "''", "'", '--', '\n'],
  ...['/*', '*/', ';', '.', '"', '\ud800', '名', ' '],
);
const tokenSoup = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(' '));
const bareSoup = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
const repeated = fc.tuple(fc.array(piece, { maxLength: 4 }), fc.nat(6_000)).map(([p, n]) => p.join(' ').repeat(n));
const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const source = fc.oneof(tokenSoup, bareSoup, repeated, anyText);
const value = fc.oneof(anyText, fc.constantFrom('1', '1e3', 'true', '', '٣', '0x1p3'), fc.double().map(String));

/** A valid condition of bounded depth. */
const { condition } = fc.letrec<{ operand: string; condition: string }>((tie) => ({
  operand: fc.oneof(
    fc.constantFrom('a', 'b', 'c'),
    fc.integer().map((n) => (n < 0 ? `- ${-n}` : String(n))),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(tie('operand'), fc.constantFrom('>', '>=', '<', '<=', '=', '<>'), tie('operand')).map((p) => p.join(' ')),
    tie('operand').map((operand) => `${operand} IS NOT NULL`),
    fc.tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition')).map((p) => `(${p.join(' ')})`),
    tie('condition').map((inner) => `NOT (${inner})`),
  ),
}));

function compileOrRefuse(text: string): CompiledExpression | undefined {
  try {
    return new CompiledExpression(text);
  } catch (error) {
    if (error instanceof FilterCompileError) return undefined;
    throw error;
  }
}

function evaluateOrFail(expression: CompiledExpression, lookup: (name: string) => string | undefined): unknown {
  try {
    return expression.evaluate(lookup);
  } catch (error) {
    if (error instanceof FilterEvaluationError) return 'error';
    throw error;
  }
}

test('any text compiles or is refused by a FilterCompileError, and evaluates to a truth value or its error', () => {
  fc.assert(
    fc.property(source, value, (text, property) => {
      const expression = compileOrRefuse(text);
      if (expression === undefined) return;
      expect([true, false, null, 'error']).toContain(evaluateOrFail(expression, () => property));
      expect(expression.toString().length).toBeLessThan(200_000);
    }),
    { numRuns: 3_000 },
  );
});

test('an expression written out with all its parentheses means the same', () => {
  fc.assert(
    fc.property(condition, fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), (text, properties) => {
      const expression = compileOrRefuse(text);
      if (expression === undefined) return;
      const sql = expression.toString().replaceAll('==', '=').replaceAll('&&', 'AND').replaceAll('||', 'OR');
      const again = new CompiledExpression(sql.replaceAll('= NULL', 'IS NULL'));
      const lookup = (name: string) => properties[name];
      expect(evaluateOrFail(again, lookup)).toEqual(evaluateOrFail(expression, lookup));
    }),
    { numRuns: 1_000 },
  );
});

test('any text converts to a number or to undefined', () => {
  fc.assert(
    fc.property(value, (text) => {
      expect(['number', 'undefined']).toContain(typeof parseJavaInt(text));
      expect(['number', 'bigint', 'undefined']).toContain(typeof parseJavaLong(text));
      expect(['number', 'undefined']).toContain(typeof parseJavaDouble(text));
    }),
    { numRuns: 1_000 },
  );
});

test('every double that is printed converts back to itself', () => {
  fc.assert(
    fc.property(fc.double(), (number) => {
      // JavaScript prints -0 without its sign.
      expect(parseJavaDouble(String(number))).toBe(number + 0);
    }),
  );
});
