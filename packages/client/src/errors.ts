/** Errors that applications see: each has a `code` to switch on, says whether another try may help, and keeps its cause. */
import { CodedError, type MessageQueue, RocketMQError } from '@rocketmq-ts/common';
import { isRetryable, responseCodeName } from '@rocketmq-ts/remoting';

/** Base of all errors that this package throws. */
export abstract class ClientError extends CodedError {}

/** Something was called with a value that can never work. */
export class InvalidArgumentError extends ClientError {
  readonly code = 'INVALID_ARGUMENT';
  readonly retryable = false;
}

/** Something was called after `close`. */
export class ClientClosedError extends ClientError {
  readonly code = 'CLIENT_CLOSED';
  readonly retryable = false;
  constructor(what: string) {
    super(`${what} is closed`);
  }
}

/** A broker or name server answered, with a code that is no success. */
export class BrokerError extends ClientError {
  readonly code = 'BROKER';
  readonly retryable: boolean;
  constructor(
    /** The response code of the protocol. */
    readonly responseCode: number,
    /** The server's own words. */
    readonly remark: string | undefined,
    /** Who answered, `host:port`. */
    readonly address: string,
    what: string,
  ) {
    const words = (remark ?? 'no remark').replace(/\s*\n\s*/g, ' ');
    super(`${what}: ${address} answered ${responseCodeName(responseCode)} (${responseCode}): ${words}`);
    this.retryable = isRetryable(responseCode);
  }
}

/** No name server knows the topic, or none of its brokers can be written to. */
export class TopicNotFoundError extends ClientError {
  readonly code = 'TOPIC_NOT_FOUND';
  readonly retryable = true;
  constructor(
    readonly topic: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`topic '${topic}': ${reason}`, options);
  }
}

/** A broker that should hold a queue has no known address. */
export class BrokerNotFoundError extends ClientError {
  readonly code = 'BROKER_NOT_FOUND';
  readonly retryable = true;
  constructor(readonly brokerName: string) {
    super(`broker '${brokerName}' has no address in any known route`);
  }
}

/** None of the name servers could be asked. */
export class NameServerUnreachableError extends ClientError {
  readonly code = 'NAME_SERVER_UNREACHABLE';
  readonly retryable = true;
  constructor(addresses: readonly string[], options?: ErrorOptions) {
    const reason = options?.cause === undefined ? '' : ` (${reasonOf(options.cause)})`;
    const what =
      addresses.length === 0 ? 'no name server is known' : `no name server answers, of ${addresses.join(', ')}`;
    super(`${what}${reason}`, options);
  }
}

/** A message was not acknowledged. Unless `cause` is an answer of a broker, it may have been stored nevertheless. */
export class SendFailedError extends ClientError {
  readonly code: string = 'SEND_FAILED';
  readonly retryable: boolean;
  constructor(
    readonly topic: string,
    /** Where each try went, in order. */
    readonly attempts: readonly MessageQueue[],
    reason: string,
    options: { cause: unknown },
  ) {
    const tried = attempts.map(({ brokerName, queueId }) => `${brokerName}/${queueId}`).join(', ');
    super(`send to topic '${topic}' failed (tried ${tried || 'nothing'}): ${reason}`, options);
    this.retryable = isRetryableError(options.cause);
  }
}

/** A message was not acknowledged in time: it may have been stored nevertheless. */
export class RequestTimeoutError extends SendFailedError {
  override readonly code = 'REQUEST_TIMEOUT';
}

/** A request was sent, and no reply came in time; whether anybody received it is not known. */
export class ReplyTimeoutError extends ClientError {
  readonly code = 'REPLY_TIMEOUT';
  readonly retryable = true;
  constructor(
    readonly topic: string,
    /** Where the request is stored; undefined when its send was not acknowledged either. */
    readonly queue: MessageQueue | undefined,
    readonly timeoutMs: number,
  ) {
    const where = queue === undefined ? 'not acknowledged' : `in queue ${queue.queueId} of ${queue.brokerName}`;
    super(`request to topic '${topic}' (${where}) had no reply within ${timeoutMs} ms`);
  }
}

/** A message was polled and given back, or not acknowledged before the consumer was closed: it comes again. */
export class NotAcknowledgedError extends ClientError {
  readonly code = 'NOT_ACKNOWLEDGED';
  readonly retryable = true;
  constructor({ messageId }: { readonly messageId: string }) {
    super(`message ${messageId} was not acknowledged`);
  }
}

/** A broker does not take a subscription, for example because of its SQL expression or its settings. */
export class SubscriptionRefusedError extends ClientError {
  readonly code = 'SUBSCRIPTION_REFUSED';
  readonly retryable = false;
  constructor(
    readonly topic: string,
    readonly expression: string,
    options: { cause: BrokerError },
  ) {
    super(`subscription to topic '${topic}' by '${expression}' was refused: ${options.cause.message}`, options);
  }
}

/** Whether another try may succeed after this error, whichever layer it comes from. */
export function isRetryableError(error: unknown): boolean {
  if (error instanceof CodedError) return error.retryable;
  return error instanceof RocketMQError && isRetryable(error.code);
}

/** The text of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
