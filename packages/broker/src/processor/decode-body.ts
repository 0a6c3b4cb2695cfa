/** Reads the body of a request; what is wrong with it is answered. */
import { MalformedDataError, RocketMQError } from '@rocketmq-ts/common';
import { BODY_LIMITS, type BodyLimits, type BodySchema, type Exchange, ResponseCode } from '@rocketmq-ts/remoting';

/** @throws RocketMQError when there is no body or it is not what it should be */
export function decodeBody<T>(
  schema: BodySchema<T>,
  exchange: Exchange<never>,
  limits: BodyLimits = BODY_LIMITS.request,
): T {
  try {
    return schema.decode(exchange.command.body, limits);
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RocketMQError(ResponseCode.SYSTEM_ERROR, error.message, { cause: error });
  }
}
