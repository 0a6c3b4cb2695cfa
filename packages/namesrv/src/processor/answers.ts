/** The answers that several processors give. */
import type { Answer } from '@rocketmq-ts/remoting';
import { ResponseCode } from '@rocketmq-ts/remoting';

/** Done, with nothing to tell. */
export const SUCCESS: Answer<never> = { code: ResponseCode.SUCCESS };

/** What a list is answered with when `enableAllTopicList` or `enableTopicList` is off. */
export const LIST_DISABLED: Answer<never> = { code: ResponseCode.SYSTEM_ERROR, remark: 'disable' };

/** Done, with a body. */
export function successWith(body: Buffer): Answer<never> {
  return { code: ResponseCode.SUCCESS, body };
}
