/** What the parts of the timer share. */
import type { Clock, Files, Logger, Random } from '@rocketmq-ts/common';
import type { AppendResult, Store } from '../api.js';
import type { MessageStoreConfig } from '../config.js';

/** The settings that the timer reads. */
export type TimerConfig = Pick<
  MessageStoreConfig,
  | 'appendTopicForTimerDeleteKey'
  | 'brokerRole'
  | 'disappearTimeAfterStart'
  | 'flushDiskType'
  | 'mappedFileSizeTimerLog'
  | 'storePathRootDir'
  | 'timerCheckMetricsWhen'
  | 'timerCongestNumEachSlot'
  | 'timerEnableCheckMetrics'
  | 'timerFlushIntervalMs'
  | 'timerMetricSmallThreshold'
  | 'timerPrecisionMs'
  | 'timerRollWindowSlot'
  | 'timerSkipUnknownError'
  | 'timerStopDequeue'
  | 'timerStopEnqueue'
  | 'timerWheelSnapshotFlush'
  | 'timerWheelSnapshotIntervalMs'
>;

/** What the timer uses of the store. */
export type TimedStore = Pick<
  Store,
  | 'put'
  | 'get'
  | 'recordAt'
  | 'maxOffsetInQueue'
  | 'minOffsetInQueue'
  | 'flush'
  | 'flags'
  | 'minPhysicalOffset'
  | 'maxPhysicalOffset'
>;

export interface TimerParts {
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly files: Files;
  readonly random: Pick<Random, 'nextInt'>;
  readonly logger: Logger;
  readonly store: TimedStore;
  /** Hears of each message that was delivered. */
  readonly delivered: (topic: string, result: AppendResult) => void;
}

/** The queue of `rmq_sys_wheel_timer` that is used. */
export const TIMER_QUEUE_ID = 0;

/** The moment of the slot that holds `timeMs`. */
export function slotOf(timeMs: number, precisionMs: number): number {
  return timeMs - (timeMs % precisionMs);
}
