/**
 * Recursive descent over the grammar of SQL92 filter expressions, with a bound on the recursion. As in the reference the
 * longest complete expression at the start counts, and what follows it is ignored: `a > 1 b` is `a > 1`.
 *
 *     or         = and { OR and }
 *     and        = equality { AND equality }
 *     equality   = comparison { ("=" | "<>") comparison | IS [NOT] NULL }
 *     comparison = unary { (">" | ">=" | "<" | "<=") unary | [NOT] (CONTAINS | STARTSWITH | ENDSWITH) string
 *                        | [NOT] BETWEEN unary AND unary | [NOT] IN "(" string { "," string } ")" }
 *     unary      = ("+" | "-" | NOT) unary | literal | name | "(" or ")"
 *
 * Source: SelectorParser.jj.
 */
import { FilterCompileError } from '../filter-error.js';
import { FILTER_LIMITS } from '../limits.js';
import { Lexer } from './lexer.js';
import type { Node } from './node.js';
import type { Token, TokenType } from './token.js';
import { TreeBuilder } from './tree-builder.js';

/** What a parse gives. */
export interface ParsedExpression {
  readonly root: Node;
  /** Where the text begins that comes after the expression and is ignored; undefined if there is none. */
  readonly ignoredFrom: number | undefined;
}

/** @throws FilterCompileError for everything that is not an expression within the limits */
export function parseSql92(source: string): ParsedExpression {
  if (source.length > FILTER_LIMITS.expressionLength) {
    throw new FilterCompileError(
      `SQL92 expression: ${source.length} characters are more than the ${FILTER_LIMITS.expressionLength} allowed`,
    );
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #lexer: Lexer;
  readonly #tree: TreeBuilder;
  #token: Token;
  #nesting = 0;

  constructor(source: string) {
    this.#lexer = new Lexer(source);
    this.#tree = new TreeBuilder(source);
    this.#token = this.#lexer.next();
  }

  parse(): ParsedExpression {
    const root = this.#tree.condition(this.#or());
    return { root, ignoredFrom: this.#token.type === 'end' ? undefined : this.#token.offset };
  }

  #or(): Node {
    return this.#chain('OR', () => this.#and());
  }

  #and(): Node {
    return this.#chain('AND', () => this.#equality());
  }

  #chain(connective: 'AND' | 'OR', operand: () => Node): Node {
    const first = operand();
    if (this.#token.type !== connective) return first;
    const operands = [this.#tree.condition(first)];
    while (this.#accept(connective)) operands.push(this.#tree.condition(operand()));
    return this.#tree.logic(connective === 'AND' ? 'and' : 'or', operands);
  }

  #equality(): Node {
    let left = this.#comparison();
    for (;;) {
      if (this.#accept('=')) left = this.#tree.equal(left, this.#comparison());
      else if (this.#accept('<>')) left = this.#tree.notEqual(left, this.#comparison());
      else if (this.#accept('IS')) left = this.#nullTest(left);
      else return left;
    }
  }

  #nullTest(left: Node): Node {
    const negated = this.#accept('NOT');
    this.#expect('NULL', 'IS is followed by NULL or NOT NULL');
    const test = this.#tree.isNull(left);
    return negated ? this.#tree.not(test) : test;
  }

  #comparison(): Node {
    let left = this.#unary();
    for (;;) {
      const next = this.#comparisonOf(left);
      if (next === undefined) return left;
      left = next;
    }
  }

  #comparisonOf(left: Node): Node | undefined {
    const operator = this.#token.type;
    if (operator === '>' || operator === '>=' || operator === '<' || operator === '<=') {
      this.#advance();
      return this.#tree.order(operator, left, this.#unary());
    }
    const negated = this.#accept('NOT');
    const predicate = this.#predicate(left, negated);
    if (predicate === undefined && negated) {
      throw this.#unexpected('NOT after an operand is followed by CONTAINS, STARTSWITH, ENDSWITH, BETWEEN or IN');
    }
    return predicate;
  }

  #predicate(left: Node, negated: boolean): Node | undefined {
    const operator = this.#token.type;
    switch (operator) {
      case 'CONTAINS':
      case 'STARTSWITH':
      case 'ENDSWITH':
        this.#advance();
        return this.#tree.text(operator, left, this.#string(`${operator} is followed by a string`), negated);
      case 'BETWEEN':
        this.#advance();
        return this.#between(left, negated);
      case 'IN':
        this.#advance();
        return this.#tree.in(left, this.#list(), negated);
      default:
        return undefined;
    }
  }

  #between(left: Node, negated: boolean): Node {
    const low = this.#unary();
    this.#expect('AND', 'BETWEEN is followed by two values with AND in between');
    return this.#tree.between(left, low, this.#unary(), negated);
  }

  #list(): string[] {
    const hint = 'IN is followed by a list of strings in parentheses';
    const elements: string[] = [];
    this.#expect('(', hint);
    do {
      elements.push(this.#tree.element(this.#string(hint)));
    } while (this.#accept(','));
    this.#expect(')', hint);
    return elements;
  }

  #unary(): Node {
    this.#enter();
    const node = this.#prefixed();
    this.#nesting--;
    return node;
  }

  #prefixed(): Node {
    if (this.#accept('+')) return this.#unary();
    if (this.#accept('-')) return this.#tree.negate(this.#unary());
    if (this.#accept('NOT')) return this.#tree.not(this.#unary());
    if (!this.#accept('(')) return this.#operand();
    const inner = this.#or();
    this.#expect(')', 'a parenthesis is not closed');
    return inner;
  }

  #operand(): Node {
    const { type, text } = this.#token;
    switch (type) {
      case 'name':
        return this.#taken(this.#tree.property(text));
      case 'string':
        return this.#taken(this.#tree.string(unquote(text)));
      case 'decimal':
        return this.#taken(this.#tree.decimal(text));
      case 'float':
        return this.#taken(this.#tree.float(text));
      case 'TRUE':
      case 'FALSE':
        return this.#taken(this.#tree.boolean(type === 'TRUE'));
      case 'NULL':
        return this.#taken(this.#tree.boolean(null));
      default:
        throw this.#unexpected('a property or a value is missing');
    }
  }

  #taken(node: Node): Node {
    this.#advance();
    return node;
  }

  #string(hint: string): string {
    const { text } = this.#token;
    this.#expect('string', hint);
    return unquote(text);
  }

  #enter(): void {
    this.#nesting++;
    // The leaf itself is a level of the recursion too, but not of what the writer nested.
    if (this.#nesting > FILTER_LIMITS.depth + 1) {
      throw this.#tree.error(`nested deeper than ${FILTER_LIMITS.depth} levels`);
    }
  }

  #accept(type: TokenType): boolean {
    if (this.#token.type !== type) return false;
    this.#advance();
    return true;
  }

  #expect(type: TokenType, hint: string): void {
    if (!this.#accept(type)) throw this.#unexpected(hint);
  }

  #advance(): void {
    this.#token = this.#lexer.next();
    this.#tree.at(this.#token.offset);
  }

  #unexpected(hint: string): FilterCompileError {
    const { type, text, offset } = this.#token;
    const found = type === 'end' ? 'the end' : JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
    return this.#tree.at(offset).error(`unexpected ${found}: ${hint}`);
  }
}

function unquote(literal: string): string {
  return literal.slice(1, -1).replaceAll("''", "'");
}
