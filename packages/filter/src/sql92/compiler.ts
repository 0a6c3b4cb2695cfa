/**
 * Turns a syntax tree into closures with the reference's three-valued logic. Properties are always text and numbers come
 * from literals only, so which of the reference's comparison rules applies is known here, not for each message.
 * Source: ComparisonExpression, LogicExpression, UnaryExpression (`evaluate`).
 */
import { EvaluationFailure } from './evaluation-failure.js';
import {
  compareDoubles,
  compareIntegers,
  compareJavaNumbers,
  type JavaNumber,
  negateJavaNumber,
  parseJavaDouble,
  parseJavaInt,
  parseJavaLong,
} from './java-number.js';
import type { EqualNode, InNode, LogicNode, Node, OrderNode, OrderOperator, TextNode } from './node.js';
import type { Scope } from './scope.js';

/** null is the third value: unknown. */
export type Ternary = boolean | null;

/** A compiled condition. @throws EvaluationFailure where the reference's evaluation throws */
export type Condition = (scope: Scope) => Ternary;

/** A compiled operand: what its value is, if it has one, is fixed when it is compiled. */
type Operand =
  | { readonly type: 'text'; readonly evaluate: (scope: Scope) => string | null }
  | { readonly type: 'number'; readonly value: JavaNumber; readonly evaluate: () => JavaNumber }
  | { readonly type: 'condition'; readonly evaluate: Condition }
  /** The negation of what is no number: evaluates it, for its errors, to nothing. */
  | { readonly type: 'nothing'; readonly evaluate: (scope: Scope) => null };

/** The condition of a tree whose root is one, with its properties placed in `scope`. */
export function compileCondition(node: Node, scope: Scope): Condition {
  switch (node.kind) {
    case 'boolean':
      return constant(node.value);
    case 'not':
      return not(compileCondition(node.operand, scope));
    case 'cast':
      return cast(compileOperand(node.operand, scope));
    case 'and':
    case 'or':
      return compileLogic(node, scope);
    case 'equal':
      return compileEqual(node, scope);
    case 'order':
      return compileOrder(node, scope);
    case 'text':
      return compileText(node, scope);
    case 'in':
      return compileIn(node, scope);
    default:
      throw new TypeError(`a ${node.kind} node is not a condition`);
  }
}

function compileOperand(node: Node, scope: Scope): Operand {
  switch (node.kind) {
    case 'property': {
      const slot = scope.slotOf(node.name);
      return { type: 'text', evaluate: (current) => current.property(slot) };
    }
    case 'string': {
      const { value } = node;
      return { type: 'text', evaluate: () => value };
    }
    case 'number':
      return numberOperand(node.value);
    case 'negate':
      return negate(compileOperand(node.operand, scope));
    default:
      return { type: 'condition', evaluate: compileCondition(node, scope) };
  }
}

function numberOperand(value: JavaNumber): Operand {
  return { type: 'number', value, evaluate: () => value };
}

function negate(operand: Operand): Operand {
  if (operand.type === 'number') return numberOperand(negateJavaNumber(operand.value));
  const { evaluate } = operand;
  return {
    type: 'nothing',
    evaluate: (scope) => {
      evaluate(scope);
      return null;
    },
  };
}

function constant(value: Ternary): Condition {
  return () => value;
}

function not(operand: Condition): Condition {
  return (scope) => {
    const value = operand(scope);
    return value === null ? null : !value;
  };
}

/** A bare property is unknown where it is absent and false otherwise: it is text, even if the text is "true". */
function cast({ evaluate }: Operand): Condition {
  return (scope) => (evaluate(scope) === null ? null : false);
}

/** The first operand that decides ends it: false an AND, true an OR. */
function compileLogic({ kind, operands }: LogicNode, scope: Scope): Condition {
  const decisive = kind === 'or';
  const conditions = operands.map((operand) => compileCondition(operand, scope));
  return (current) => {
    let unknown = false;
    for (const condition of conditions) {
      const value = condition(current);
      if (value === decisive) return decisive;
      if (value === null) unknown = true;
    }
    return unknown ? null : !decisive;
  };
}

function compileEqual({ left, right }: EqualNode, scope: Scope): Condition {
  const leftOperand = compileOperand(left, scope);
  const rightOperand = compileOperand(right, scope);
  const same = sameness(leftOperand, rightOperand) as (left: unknown, right: unknown, scope: Scope) => boolean;
  const evaluateLeft: (scope: Scope) => unknown = leftOperand.evaluate;
  const evaluateRight: (scope: Scope) => unknown = rightOperand.evaluate;
  return (current) => {
    const leftValue = evaluateLeft(current);
    const rightValue = evaluateRight(current);
    // Lopsided, as in the reference: unknown if only the left side is null, false if only the right side is.
    if (leftValue === null) return rightValue === null ? true : null;
    return rightValue === null ? false : same(leftValue, rightValue, current);
  };
}

/** How two values that are there are compared by `=`; arguments have the types of the operands. */
function sameness(left: Operand, right: Operand) {
  if (left.type === 'text' && right.type === 'number') {
    const compare = textComparison(right.value);
    return (text: string, _: unknown, scope: Scope) => compare(text, scope) === 0;
  }
  if (left.type === 'number' && right.type === 'text') {
    const compare = textComparison(left.value);
    return (_: unknown, text: string, scope: Scope) => compare(text, scope) === 0;
  }
  if (left.type === 'number' && right.type === 'number') {
    const equal = compareJavaNumbers(left.value, right.value) === 0;
    return () => equal;
  }
  if (left.type === 'text' && right.type === 'condition') {
    return (text: string, value: boolean) => isTrueText(text) === value;
  }
  if (left.type === 'condition' && right.type === 'text') return failMixed;
  // Of equal types here, or of a condition and a number, which differ in any case.
  return (leftValue: unknown, rightValue: unknown) => leftValue === rightValue;
}

function failMixed(): never {
  throw EvaluationFailure.mixedEquation;
}

/** Boolean.valueOf. */
function isTrueText(text: string): boolean {
  return text.length === 4 && text.toLowerCase() === 'true';
}

function compileOrder({ operator, left, right }: OrderNode, scope: Scope): Condition {
  const holds = orderTest(operator);
  const leftOperand = compileOperand(left, scope);
  const rightOperand = compileOperand(right, scope);
  if (leftOperand.type === 'number' && rightOperand.type === 'number') {
    return constant(holds(compareJavaNumbers(leftOperand.value, rightOperand.value)));
  }
  if (leftOperand.type === 'text' && rightOperand.type === 'number') {
    const compare = textComparison(rightOperand.value);
    return orderOfText(leftOperand.evaluate, (text, current) => holds(compare(text, current)));
  }
  if (leftOperand.type === 'number' && rightOperand.type === 'text') {
    const compare = textComparison(leftOperand.value);
    return orderOfText(rightOperand.evaluate, (text, current) => holds(-compare(text, current)));
  }
  if (leftOperand.type === 'text' && rightOperand.type === 'text') {
    return orderOfTexts(leftOperand.evaluate, rightOperand.evaluate, holds);
  }
  return orderOfNothing(leftOperand, rightOperand);
}

function orderOfText(
  evaluate: (scope: Scope) => string | null,
  test: (text: string, scope: Scope) => boolean,
): Condition {
  return (scope) => {
    const text = evaluate(scope);
    return text === null ? null : test(text, scope);
  };
}

/** Two properties are put in order as doubles, or not at all. */
function orderOfTexts(
  left: (scope: Scope) => string | null,
  right: (scope: Scope) => string | null,
  holds: (order: number) => boolean,
): Condition {
  return (scope) => {
    const leftText = left(scope);
    if (leftText === null) return null;
    const rightText = right(scope);
    if (rightText === null) return null;
    return holds(compareDoubles(mustParse('double', leftText, scope), mustParse('double', rightText, scope)));
  };
}

/** One side at least never has a value; the other is evaluated only if the reference does. */
function orderOfNothing(left: Operand, right: Operand): Condition {
  return (scope) => {
    if (left.evaluate(scope) !== null) right.evaluate(scope);
    return null;
  };
}

function orderTest(operator: OrderOperator): (order: number) => boolean {
  switch (operator) {
    case '>':
      return (order) => order > 0;
    case '>=':
      return (order) => order >= 0;
    case '<':
      return (order) => order < 0;
    case '<=':
      return (order) => order <= 0;
  }
}

/** Compares text with a literal, after converting it to the literal's type: to an int if the literal is one. */
function textComparison({ type, value }: JavaNumber): (text: string, scope: Scope) => number {
  if (type === 'double') {
    const literal = Number(value);
    return (text, scope) => compareDoubles(mustParse('double', text, scope), literal);
  }
  if (type === 'int') {
    const literal = Number(value);
    return (text, scope) => mustParse('int', text, scope) - literal;
  }
  return (text, scope) => {
    scope.spend(text.length);
    return compareIntegers(parseJavaLong(text) ?? failConversion(text, type), value);
  };
}

function mustParse(type: 'int' | 'double', text: string, scope: Scope): number {
  scope.spend(text.length);
  return (type === 'int' ? parseJavaInt(text) : parseJavaDouble(text)) ?? failConversion(text, type);
}

function failConversion(text: string, type: JavaNumber['type']): never {
  throw EvaluationFailure.conversion(text, type);
}

/** Never unknown: what is absent, or no text, neither contains nor "does not contain". So does an empty search. */
function compileText({ operator, operand, search, negated }: TextNode, scope: Scope): Condition {
  const { type, evaluate } = compileOperand(operand, scope);
  if (search === '') return constant(false);
  const test = textTest(operator);
  return (current) => {
    const text = evaluate(current);
    if (type !== 'text' || text === null) return false;
    return test(text as string, search, current) !== negated;
  };
}

/** So many comparisons of a text search are counted as one unit of text that is read. */
const COMPARISONS_PER_UNIT = 64;

function textTest(operator: TextNode['operator']): (text: string, search: string, scope: Scope) => boolean {
  switch (operator) {
    case 'STARTSWITH':
      return (text, search) => text.startsWith(search);
    case 'ENDSWITH':
      return (text, search) => text.endsWith(search);
    case 'CONTAINS':
      return (text, search, scope) => {
        const positions = text.length - search.length + 1;
        if (positions <= 0) return false;
        // In the worst case the search is compared almost to its end at each position.
        scope.spend(text.length + (positions * search.length) / COMPARISONS_PER_UNIT);
        return text.includes(search);
      };
  }
}

function compileIn({ property, elements, negated }: InNode, scope: Scope): Condition {
  const slot = scope.slotOf(property.name);
  const set = new Set(elements);
  return (current) => {
    const text = current.property(slot);
    return text === null ? null : set.has(text) !== negated;
  };
}
