/** Errors of administration that an operator sees: each says who was asked for what and what the answer was. */
import { RocketMQError } from '@rocketmq-ts/common';
import { ResponseCode, responseCodeName } from '@rocketmq-ts/remoting';

/** A server answered a request with a code other than SUCCESS; `code` is that code. */
export class AdminResponseError extends RocketMQError {
  override readonly name = 'AdminResponseError';
  constructor(
    responseCode: number,
    /** The server's own words. */
    readonly remark: string,
    /** Name of the request, e.g. `GET_TOPIC_STATS_INFO`. */
    readonly request: string,
    /** Who answered, `host:port`. */
    readonly address: string,
  ) {
    super(
      responseCode,
      `${responseCodeName(responseCode)} (${responseCode}): ${remark.replace(/\s*\n\s*/g, ' ')} [${request} to ${address}]`,
    );
  }
}

/** Something that was asked for is not there, though every server answered; `code` is the response code that the reference uses for it. */
export class AdminNotFoundError extends RocketMQError {
  override readonly name = 'AdminNotFoundError';
  constructor(code: number, message: string) {
    super(code, `${responseCodeName(code)} (${code}): ${message}`);
  }
}

/** Whether an error is an answer with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof RocketMQError && error.code === code;
}

/** No client of the group is connected. */
export function consumerNotOnline(message: string): AdminNotFoundError {
  return new AdminNotFoundError(ResponseCode.CONSUMER_NOT_ONLINE, message);
}
