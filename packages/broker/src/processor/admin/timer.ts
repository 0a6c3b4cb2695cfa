/** GET_TIMER_CHECK_POINT, GET_TIMER_METRICS and SWITCH_TIMER_ENGINE: the timer's state for slaves and operators. */
import { RocketMQError, TimerEngine } from '@rocketmq-ts/common';
import {
  GET_TIMER_CHECK_POINT,
  GET_TIMER_METRICS,
  type Processor,
  processor,
  ResponseCode,
  SWITCH_TIMER_ENGINE,
} from '@rocketmq-ts/remoting';
import type { MessageStoreConfig, TimerMessageStore } from '@rocketmq-ts/store';
import type { BrokerConfigService } from '../../broker-config-service.js';
import { Lanes } from '../lanes.js';

export interface TimerAdminParts {
  /** Undefined without `timerWheelEnable`. */
  readonly timer: Pick<TimerMessageStore, 'checkpoint' | 'metrics'> | undefined;
  readonly storeConfig: Pick<MessageStoreConfig, 'timerStopEnqueue'>;
  readonly configService: Pick<BrokerConfigService, 'update'>;
}

/** Source: AdminBrokerProcessor#getTimerCheckPoint, #getTimerMetrics, #switchTimerEngine. */
export function timerProcessors({ timer, storeConfig, configService }: TimerAdminParts): Processor[] {
  return [
    processor(GET_TIMER_CHECK_POINT, Lanes.ADMIN, () => {
      if (timer === undefined) throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'The checkpoint is null');
      return { code: ResponseCode.SUCCESS, body: timer.checkpoint() };
    }),
    processor(GET_TIMER_METRICS, Lanes.ADMIN, () => {
      if (timer === undefined) throw new RocketMQError(ResponseCode.SYSTEM_ERROR, 'The timer message store is null');
      return { code: ResponseCode.SUCCESS, body: Buffer.from(timer.metrics.encode(), 'utf8') };
    }),
    processor(SWITCH_TIMER_ENGINE, Lanes.ADMIN, async ({ engineType }) => {
      const illegal = (remark: string) => new RocketMQError(ResponseCode.INVALID_PARAMETER, remark);
      if (timer === undefined) throw illegal('broker timerWheelEnable is false');
      // The other engine keeps its times in RocksDB, which is not here: as with the reference when it is off.
      if (engineType === TimerEngine.ROCKSDB_TIMELINE) {
        throw illegal('timerRocksDBEnable must be configured true when broker start');
      }
      if (engineType !== TimerEngine.FILE_TIME_WHEEL) throw illegal('param error');
      if (storeConfig.timerStopEnqueue) await configService.update(Buffer.from('timerStopEnqueue=false\n'));
      return { code: ResponseCode.SUCCESS, remark: 'switch timer engine success' };
    }),
  ];
}
