/**
 * The errors that cross the borders between parts, above all those that answer
 * a request. Knows no feature.
 */

export interface RocketMQErrorOptions {
  /** What made it happen. */
  readonly cause?: unknown;
}

/**
 * An answerable error: what a request is answered with when it cannot be done.
 * `code` is a response code of the protocol and `message` becomes the remark,
 * so it must hold nothing that the peer may not know.
 */
export class RocketMQError extends Error {
  override readonly name: string = 'RocketMQError';
  /** The response code, e.g. 1 for SYSTEM_ERROR. */
  readonly code: number;

  constructor(code: number, message: string, options: RocketMQErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/** An error that callers tell from others by its `code`, and that says whether another try may succeed. */
export abstract class CodedError extends Error {
  /** Stable and short, for `switch`. */
  abstract readonly code: string;
  /** True when the same call may succeed later, or elsewhere. */
  abstract readonly retryable: boolean;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Text or bytes that do not have the form they must have. Its message says where and what was found. */
export class MalformedDataError extends Error {
  override readonly name: string = 'MalformedDataError';

  constructor(message: string, options: RocketMQErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** A broken promise inside our own code: a bug, never the fault of a peer or of the environment. */
export class AssertionError extends Error {
  override readonly name: string = 'AssertionError';
}

/** Throws `AssertionError` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new AssertionError(message);
  }
}
