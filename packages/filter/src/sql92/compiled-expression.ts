/** A SQL92 expression that is ready to be evaluated on messages. */
import { FilterEvaluationError } from '../filter-error.js';
import { type Condition, compileCondition, type Ternary } from './compiler.js';
import { formatNode } from './format.js';
import type { Node } from './node.js';
import { parseSql92 } from './parser.js';
import { type PropertyLookup, Scope } from './scope.js';

/** Source: Expression, as made by SqlFilter#compile. */
export class CompiledExpression {
  readonly #root: Node;
  readonly #scope = new Scope();
  readonly #condition: Condition;
  #evaluating = false;

  /** Where text begins that follows the expression and, as in the reference, is ignored; undefined if there is none. */
  readonly ignoredFrom: number | undefined;

  /** @throws FilterCompileError with the place of what is wrong */
  constructor(readonly source: string) {
    const { root, ignoredFrom } = parseSql92(source);
    this.#root = root;
    this.#condition = compileCondition(root, this.#scope);
    this.ignoredFrom = ignoredFrom;
  }

  /** The properties that the expression names, each once. */
  get propertyNames(): readonly string[] {
    return this.#scope.propertyNames;
  }

  /**
   * true, false, or null for unknown. The lookup is asked at most once for each name, and must not evaluate this same
   * expression.
   * @throws FilterEvaluationError if the properties do not fit the expression, or to read them costs too much
   */
  evaluate(lookup: PropertyLookup): Ternary {
    if (this.#evaluating) throw new TypeError('an expression was evaluated by its own property lookup');
    this.#evaluating = true;
    this.#scope.begin(lookup);
    try {
      return this.#condition(this.#scope);
    } finally {
      this.#scope.end();
      this.#evaluating = false;
    }
  }

  /**
   * Whether a message passes: only true does. Unknown does not, nor does an error, which goes to `onError`.
   * Source: ExpressionMessageFilter#isMatchedByCommitLog.
   */
  matches(lookup: PropertyLookup, onError?: (error: FilterEvaluationError) => void): boolean {
    try {
      return this.evaluate(lookup) === true;
    } catch (error) {
      if (!(error instanceof FilterEvaluationError)) throw error;
      onError?.(error);
      return false;
    }
  }

  /** The expression with all its parentheses. */
  toString(): string {
    return formatNode(this.#root);
  }
}
