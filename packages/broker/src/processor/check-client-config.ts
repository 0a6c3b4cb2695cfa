/** CHECK_CLIENT_CONFIG: tells a client whether its filter expression can be used. */
import { type ExpressionCompiler, FilterError, isTagType } from '@rocketmq-ts/filter';
import {
  CHECK_CLIENT_CONFIG,
  CheckClientRequestBody,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config.js';
import { decodeBody } from './decode-body.js';
import { Lanes } from './lanes.js';

export interface CheckClientConfigParts {
  readonly config: Pick<BrokerConfig, 'enablePropertyFilter'>;
  readonly compiler: ExpressionCompiler;
}

/** Source: ClientManageProcessor#checkClientConfig. */
export function checkClientConfig({ config, compiler }: CheckClientConfigParts): Processor {
  return processor(CHECK_CLIENT_CONFIG, Lanes.CLIENT_MANAGE, (_header, exchange) => {
    const { subscriptionData } = decodeBody(CheckClientRequestBody, exchange);
    if (subscriptionData === undefined || isTagType(subscriptionData.expressionType)) {
      return { code: ResponseCode.SUCCESS };
    }
    const { expressionType, subString } = subscriptionData;
    if (!config.enablePropertyFilter) {
      return {
        code: ResponseCode.SYSTEM_ERROR,
        remark: `The broker does not support consumer to filter message by ${expressionType}`,
      };
    }
    try {
      compiler.compile(expressionType, subString);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      return { code: ResponseCode.SUBSCRIPTION_PARSE_FAILED, remark: error.message };
    }
    return { code: ResponseCode.SUCCESS };
  });
}
