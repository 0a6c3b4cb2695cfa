/**
 * The syntax tree of a SQL92 filter expression: plain data, made by the parser, read by the compiler and the formatter.
 * Conjunctions and disjunctions are flat lists, so that a long chain of them is not a deep tree.
 */
import type { JavaNumber } from './java-number.js';

/** Comparisons of numbers; `BETWEEN` is two of them. */
export type OrderOperator = '>' | '>=' | '<' | '<=';
/** Searches of a fixed text within a property. */
export type TextOperator = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH';

interface Measured {
  /** Levels below and with this node. */
  readonly depth: number;
  /** Node visits that its evaluation needs at most. */
  readonly steps: number;
}

/** The value of a message's property; unknown (null) when the message has none. */
export interface PropertyNode extends Measured {
  readonly kind: 'property';
  readonly name: string;
}

/** NULL is the reference's boolean constant without value. */
export type ConstantNode = Measured &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly value: JavaNumber }
    | { readonly kind: 'boolean'; readonly value: boolean | null }
  );

/** A minus sign; its operand must come out as a number when it is evaluated. */
export interface NegateNode extends Measured {
  readonly kind: 'negate';
  readonly operand: Node;
}

/** `cast` makes a condition of a bare property, `not` turns a condition round. */
export interface UnaryNode extends Measured {
  readonly kind: 'not' | 'cast';
  readonly operand: Node;
}

/** Three-valued `AND` or `OR` of two or more operands, evaluated from the left. */
export interface LogicNode extends Measured {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Node[];
}

/** `=`; `<>` and `IS NOT NULL` are this within a `not`. */
export interface EqualNode extends Measured {
  readonly kind: 'equal';
  readonly left: Node;
  readonly right: Node;
}

/** A comparison whose sides are numbers when it is evaluated. */
export interface OrderNode extends Measured {
  readonly kind: 'order';
  readonly operator: OrderOperator;
  readonly left: Node;
  readonly right: Node;
}

/** `CONTAINS`, `STARTSWITH` or `ENDSWITH`; with `negated`, the form with `NOT`. */
export interface TextNode extends Measured {
  readonly kind: 'text';
  readonly operator: TextOperator;
  readonly negated: boolean;
  readonly operand: Node;
  readonly search: string;
}

/** `IN` or `NOT IN` a list of texts. */
export interface InNode extends Measured {
  readonly kind: 'in';
  readonly negated: boolean;
  readonly property: PropertyNode;
  readonly elements: readonly string[];
}

/** What is true, false or unknown: what a whole expression must be. */
export type ConditionNode = UnaryNode | LogicNode | EqualNode | OrderNode | TextNode | InNode;
/** Any node of the tree, told apart by `kind`. */
export type Node = PropertyNode | ConstantNode | NegateNode | ConditionNode;

/** Whether the reference's class for it is a ConstantExpression, to which its checks of operands apply. */
export function isConstant(node: Node): node is ConstantNode {
  return node.kind === 'string' || node.kind === 'number' || node.kind === 'boolean';
}

/** Whether the reference's class for it is a BooleanExpression. */
export function isCondition(node: Node): boolean {
  return node.kind !== 'property' && node.kind !== 'string' && node.kind !== 'number' && node.kind !== 'negate';
}
