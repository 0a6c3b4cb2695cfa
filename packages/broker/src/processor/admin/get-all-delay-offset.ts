/** GET_ALL_DELAY_OFFSET: how far each delay level has been delivered. */
import {
  DelayOffsetSerializeWrapper,
  GET_ALL_DELAY_OFFSET,
  type Processor,
  processor,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { DelayOffsets } from '../../schedule/delay-offsets.js';
import { Lanes } from '../lanes.js';

export interface GetAllDelayOffsetParts {
  readonly delayOffsets: Pick<DelayOffsets, 'table' | 'dataVersion'>;
}

/** Source: AdminBrokerProcessor#getAllDelayOffset. */
export function getAllDelayOffset({ delayOffsets }: GetAllDelayOffsetParts): Processor {
  return processor(GET_ALL_DELAY_OFFSET, Lanes.ADMIN, () => ({
    code: ResponseCode.SUCCESS,
    body: DelayOffsetSerializeWrapper.encode({
      offsetTable: delayOffsets.table,
      dataVersion: delayOffsets.dataVersion,
    }),
  }));
}
