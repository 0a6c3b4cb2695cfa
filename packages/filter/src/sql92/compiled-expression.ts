/** A SQL92 expression that is ready to be evaluated on messages. */
import { FilterEvaluationError } from '../filter-error.js';
import { type Condition, compileCondition, type Ternary } from './compiler.js';
import { EvaluationFailure } from './evaluation-failure.js';
import { formatNode } from './format.js';
import type { Node } from './node.js';
import { parseSql92 } from './parser.js';
import { type PropertyLookup, Scope } from './scope.js';

/** Why an expression cannot be evaluated on a message; the message is made when it is asked for. */
export interface EvaluationProblem {
  readonly message: string;
}

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
    try {
      return this.#run(lookup);
    } catch (failure) {
      if (!(failure instanceof EvaluationFailure)) throw failure;
      throw new FilterEvaluationError(failure.message);
    }
  }

  /**
   * Whether a message passes: only true does. Unknown does not, nor does a message that does not fit the expression: then
   * `onProblem` may ask what is wrong.
   * Source: ExpressionMessageFilter#isMatchedByCommitLog.
   */
  matches(lookup: PropertyLookup, onProblem?: (problem: EvaluationProblem) => void): boolean {
    try {
      return this.#run(lookup) === true;
    } catch (failure) {
      if (!(failure instanceof EvaluationFailure)) throw failure;
      onProblem?.(failure);
      return false;
    }
  }

  #run(lookup: PropertyLookup): Ternary {
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

  /** The expression with all its parentheses. */
  toString(): string {
    return formatNode(this.#root);
  }
}
