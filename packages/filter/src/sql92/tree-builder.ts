/**
 * Makes the nodes of a SQL92 syntax tree, with the reference's checks of what may be compared with what, and with our
 * limits on the size of the tree. Source: ComparisonExpression, UnaryExpression, LogicExpression, ConstantExpression.
 */
import { FilterCompileError } from '../filter-error.js';
import { FILTER_LIMITS } from '../limits.js';
import { formatConstant } from './format.js';
import { compareJavaNumbers, type JavaNumber, javaNumberOfDecimal, parseJavaDouble } from './java-number.js';
import { describePlace } from './lexer.js';
import type { ConstantNode, Node, OrderOperator, PropertyNode, TextOperator } from './node.js';
import { isCondition, isConstant } from './node.js';

const LEAF = { depth: 1, steps: 1 } as const;
/** Longest piece of an expression that an error repeats. */
const SHOWN_UNITS = 80;

/** Builds the tree of one expression; every method throws FilterCompileError for what the language does not allow. */
export class TreeBuilder {
  #terms = 0;
  #offset = 0;

  constructor(readonly source: string) {}

  /** Where the parser is, for the errors of the calls that follow. */
  at(offset: number): this {
    this.#offset = offset;
    return this;
  }

  /** The error of the current place. */
  error(problem: string): FilterCompileError {
    const place = describePlace(this.source, this.#offset);
    return new FilterCompileError(`SQL92 expression: ${problem} at ${place}`, this.#offset);
  }

  property(name: string): PropertyNode {
    this.#countTerm();
    return { ...LEAF, kind: 'property', name };
  }

  string(value: string): ConstantNode {
    this.#countTerm();
    return { ...LEAF, kind: 'string', value };
  }

  boolean(value: boolean | null): ConstantNode {
    this.#countTerm();
    return { ...LEAF, kind: 'boolean', value };
  }

  decimal(text: string): ConstantNode {
    const value = javaNumberOfDecimal(text);
    if (value === undefined) throw this.error(`number ${clip(text)} is beyond the range of a long`);
    return this.#number(value);
  }

  /** Zero is refused like the reference refuses it: as less than the smallest positive double. */
  float(text: string): ConstantNode {
    const value = parseJavaDouble(text);
    if (value === undefined || value === 0 || !Number.isFinite(value)) {
      throw this.error(`number ${clip(text)} is beyond the range of a double, which starts at 4.9E-324`);
    }
    return this.#number({ type: 'double', value });
  }

  negate(operand: Node): Node {
    return { ...this.#measure([operand]), kind: 'negate', operand };
  }

  not(operand: Node): Node {
    const condition = this.condition(operand);
    return { ...this.#measure([condition]), kind: 'not', operand: condition };
  }

  /** The node as a condition: a bare property becomes one, a literal that is no boolean cannot. */
  condition(node: Node): Node {
    if (isCondition(node)) return node;
    if (node.kind === 'property') return { ...this.#measure([node]), kind: 'cast', operand: node };
    throw this.error(`${shown(node)} is not a condition`);
  }

  logic(kind: 'and' | 'or', operands: readonly Node[]): Node {
    return { ...this.#measure(operands), kind, operands };
  }

  equal(left: Node, right: Node): Node {
    for (const operand of [left, right]) {
      if (operand.kind === 'boolean' && operand.value === null)
        throw this.error('NULL cannot be compared, use IS NULL');
    }
    if (left.kind === 'boolean' && isConstant(right) && right.kind !== 'boolean') {
      throw this.error(`${shown(left)} cannot be compared with ${shown(right)}`);
    }
    return this.#equal(left, right);
  }

  notEqual(left: Node, right: Node): Node {
    return this.not(this.equal(left, right));
  }

  isNull(operand: Node): Node {
    return this.#equal(operand, { ...LEAF, kind: 'boolean', value: null });
  }

  order(operator: OrderOperator, left: Node, right: Node): Node {
    for (const operand of [left, right]) {
      if (isCondition(operand) || operand.kind === 'string') {
        throw this.error(`${shown(operand)} is no number and cannot be compared by ${operator}`);
      }
    }
    return { ...this.#measure([left, right]), kind: 'order', operator, left, right };
  }

  between(value: Node, low: Node, high: Node, negated: boolean): Node {
    if (negated) return this.logic('or', [this.order('<', value, low), this.order('>', value, high)]);
    if (low.kind === 'number' && high.kind === 'number' && compareJavaNumbers(high.value, low.value) < 0) {
      throw this.error(`BETWEEN ${shown(low)} AND ${shown(high)}: the first must not be greater than the second`);
    }
    return this.logic('and', [this.order('>=', value, low), this.order('<=', value, high)]);
  }

  text(operator: TextOperator, operand: Node, search: string, negated: boolean): Node {
    this.#countTerm();
    return { ...this.#measure([operand]), kind: 'text', operator, operand, search, negated };
  }

  in(property: Node, elements: readonly string[], negated: boolean): Node {
    if (property.kind !== 'property') throw this.error(`IN needs a property on its left, not ${shown(property)}`);
    return { ...this.#measure([property]), kind: 'in', property, elements, negated };
  }

  /** Counts one operand; elements of IN lists are counted by the parser as it reads them. */
  #countTerm(): void {
    this.#terms++;
    if (this.#terms > FILTER_LIMITS.terms) throw this.error(`more than ${FILTER_LIMITS.terms} operands`);
  }

  /** Counts an element of an IN list. */
  element(value: string): string {
    this.#countTerm();
    return value;
  }

  #number(value: JavaNumber): ConstantNode {
    this.#countTerm();
    return { ...LEAF, kind: 'number', value };
  }

  #equal(left: Node, right: Node): Node {
    return { ...this.#measure([left, right]), kind: 'equal', left, right };
  }

  #measure(children: readonly Node[]): { depth: number; steps: number } {
    let depth = 0;
    let steps = 1;
    for (const child of children) {
      depth = Math.max(depth, child.depth);
      steps += child.steps;
    }
    if (depth >= FILTER_LIMITS.depth) throw this.error(`nested deeper than ${FILTER_LIMITS.depth} levels`);
    // The value of a BETWEEN is evaluated for each of its ends: nested in itself it would double at each level.
    if (steps > FILTER_LIMITS.evaluationSteps) throw this.error('too expensive to evaluate');
    return { depth: depth + 1, steps };
  }
}

function shown(node: Node): string {
  if (isConstant(node)) return clip(formatConstant(node));
  if (node.kind === 'property') return `property ${clip(node.name)}`;
  return isCondition(node) ? 'a condition' : 'a negated value';
}

function clip(text: string): string {
  return text.length <= SHOWN_UNITS ? text : `${text.slice(0, SHOWN_UNITS)}…`;
}
