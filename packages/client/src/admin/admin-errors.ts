/** Errors of administration besides refusals by servers, and how to tell what was refused. */
import { ResponseCode, responseCodeName } from '@rocketmq-ts/remoting';
import { BrokerError, ClientError } from '../errors.js';

/** Something that was asked for is not there, though every server answered. */
export class AdminNotFoundError extends ClientError {
  readonly code = 'ADMIN_NOT_FOUND';
  readonly retryable = false;
  constructor(
    /** The response code that the reference uses for it. */
    readonly responseCode: number,
    message: string,
  ) {
    super(`${responseCodeName(responseCode)} (${responseCode}): ${message}`);
  }
}

/** Whether an error says so with this response code. */
export function hasCode(error: unknown, responseCode: number): boolean {
  const isAnswer = error instanceof BrokerError || error instanceof AdminNotFoundError;
  return isAnswer && error.responseCode === responseCode;
}

/** No client of the group is connected. */
export function consumerNotOnline(message: string): AdminNotFoundError {
  return new AdminNotFoundError(ResponseCode.CONSUMER_NOT_ONLINE, message);
}
