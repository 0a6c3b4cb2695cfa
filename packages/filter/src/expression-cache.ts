/** Compiles filter expressions and keeps the latest results, good and bad: clients repeat theirs in each heartbeat. */
import { ExpressionType } from './expression-type.js';
import { FilterCompileError, quoteClipped } from './filter-error.js';
import { FILTER_LIMITS } from './limits.js';
import { CompiledExpression } from './sql92/compiled-expression.js';

/** A bounded cache that drops what was not asked for the longest. Source: FilterFactory, SelectorParser#PARSE_CACHE. */
export class ExpressionCache {
  readonly #results = new Map<string, CompiledExpression | FilterCompileError>();

  constructor(private readonly capacity: number = FILTER_LIMITS.cachedExpressions) {}

  /** Results kept at the moment. */
  get size(): number {
    return this.#results.size;
  }

  /** @throws FilterCompileError if the type is not SQL92 or the expression does not compile */
  compile(expressionType: string, expression: string): CompiledExpression {
    if (expressionType !== ExpressionType.SQL92) {
      throw new FilterCompileError(`expression type ${quoteClipped(expressionType)} is not known, use TAG or SQL92`);
    }
    const result = this.#results.get(expression) ?? compileOrError(expression);
    this.#results.delete(expression);
    if (expression.length <= FILTER_LIMITS.expressionLength) this.#keep(expression, result);
    if (result instanceof FilterCompileError) throw result;
    return result;
  }

  #keep(expression: string, result: CompiledExpression | FilterCompileError): void {
    this.#results.set(expression, result);
    if (this.#results.size <= this.capacity) return;
    const oldest = this.#results.keys().next();
    if (!oldest.done) this.#results.delete(oldest.value);
  }
}

function compileOrError(expression: string): CompiledExpression | FilterCompileError {
  try {
    return new CompiledExpression(expression);
  } catch (error) {
    if (error instanceof FilterCompileError) return error;
    throw error;
  }
}
