/** What goes wrong with filters: one class for each moment, so that callers can tell a bad request from a bad message. */

/** Root of all errors that this package throws for bad input. */
export class FilterError extends Error {
  override readonly name: string = 'FilterError';
}

/** A subscription (tags, its JSON form, or a mode that is not served) cannot be accepted. */
export class SubscriptionError extends FilterError {
  override readonly name: string = 'SubscriptionError';
}

/** An expression does not compile. Source: MQFilterException. */
export class FilterCompileError extends FilterError {
  override readonly name: string = 'FilterCompileError';

  /** @param offset Where in the expression, in UTF-16 units from 0; undefined if it concerns the whole. */
  constructor(
    message: string,
    readonly offset?: number,
  ) {
    super(message);
  }
}

/** A compiled expression cannot be evaluated on a message, e.g. as a property that is compared is not a number. */
export class FilterEvaluationError extends FilterError {
  override readonly name: string = 'FilterEvaluationError';
}

const SHOWN_UNITS = 60;

/** The text in quotes, cut to a length that is fit for a message or a log line. */
export function quoteClipped(text: string): string {
  return JSON.stringify(text.length <= SHOWN_UNITS ? text : `${text.slice(0, SHOWN_UNITS)}…`);
}
