/**
 * What the closures of an expression throw. It is no Error, since to record a stack for each message that does not fit an
 * expression costs a hundred times its evaluation; it never leaves `CompiledExpression`.
 */
import { quoteClipped } from '../filter-error.js';
import { FILTER_LIMITS } from '../limits.js';
import type { JavaNumber } from './java-number.js';

export class EvaluationFailure {
  static readonly tooMuchText = new EvaluationFailure(
    () => `evaluation stopped: it reads more than ${FILTER_LIMITS.evaluationTextUnits} characters of properties`,
  );

  /** A cast of the wrong side is a defect of the reference, but it decides which messages match. */
  static readonly mixedEquation = new EvaluationFailure(
    () => 'a condition on the left of "=" cannot be compared with text on its right',
  );

  private constructor(private readonly describe: () => string) {}

  static conversion(text: string, type: JavaNumber['type']): EvaluationFailure {
    return new EvaluationFailure(() => `a property has the value ${quoteClipped(text)}, which is no ${type}`);
  }

  get message(): string {
    return this.describe();
  }
}
