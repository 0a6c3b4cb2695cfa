/** Errors of the remoting layer, on both ends of a connection. */
import { CodedError } from '@rocketmq-ts/common';

/** Base of all errors of this package. */
export abstract class RemotingError extends CodedError {}

/** A frame or header that cannot be read; the connection it came from is of no more use. */
export class RemotingDecodeError extends RemotingError {
  readonly code = 'REMOTING_DECODE';
  readonly retryable = false;
}

/** The peer could not be reached. */
export class RemotingConnectError extends RemotingError {
  readonly code = 'REMOTING_CONNECT';
  readonly retryable = true;
  constructor(
    readonly address: string,
    options?: ErrorOptions,
  ) {
    super(
      `connect to ${address} failed${options?.cause instanceof Error ? `: ${options.cause.message}` : ''}`,
      options,
    );
  }
}

/** The request could not be sent, or the connection was lost before its answer came: it may or may not have been carried out. */
export class RemotingSendRequestError extends RemotingError {
  readonly code = 'REMOTING_SEND_REQUEST';
  readonly retryable = true;
  constructor(
    readonly address: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`request to ${address} failed: ${reason}`, options);
  }
}

/** No answer came within the time the caller allowed: it may or may not have been carried out. */
export class RemotingTimeoutError extends RemotingError {
  readonly code = 'REMOTING_TIMEOUT';
  readonly retryable = true;
  constructor(
    readonly address: string,
    readonly timeoutMs: number,
    request: string,
  ) {
    super(`no answer from ${address} to ${request} within ${timeoutMs} ms`);
  }
}

/** More requests are under way on a connection than its limit allows. */
export class RemotingTooMuchRequestError extends RemotingError {
  readonly code = 'REMOTING_TOO_MUCH_REQUEST';
  readonly retryable = true;
}
