/** GET_ALL_DELAY_OFFSET: how far each delay level has been delivered; none has, as long as delays are not served. */
import { DataVersion } from '@rocketmq-ts/common';
import {
  DelayOffsetSerializeWrapper,
  GET_ALL_DELAY_OFFSET,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#getAllDelayOffset. */
export function getAllDelayOffset(): Processor {
  return processor(GET_ALL_DELAY_OFFSET, Lanes.ADMIN, () => ({
    code: ResponseCode.SUCCESS,
    body: DelayOffsetSerializeWrapper.encode({ offsetTable: new Map(), dataVersion: new DataVersion(0) }),
  }));
}
