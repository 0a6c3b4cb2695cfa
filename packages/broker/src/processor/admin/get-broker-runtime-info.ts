/** GET_BROKER_RUNTIME_INFO: figures about a running broker, with the reference's names. */
import type { Files } from '@rocketmq-ts/common';
import {
  CURRENT_VERSION,
  GET_BROKER_RUNTIME_INFO,
  KVTable,
  type Lane,
  type Processor,
  processor,
  ResponseCode,
  versionName,
} from '@rocketmq-ts/remoting';
import type { MessageStoreConfig, Store, TimerMessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../../config.js';
import type { ScheduleService } from '../../schedule/schedule-service.js';
import type { BrokerStats } from '../../stats/broker-stats.js';
import { Lanes } from '../lanes.js';

export interface GetBrokerRuntimeInfoParts {
  readonly config: BrokerConfig;
  readonly storeConfig: Pick<MessageStoreConfig, 'storePathRootDir'>;
  readonly files: Pick<Files, 'diskSpaceSync'>;
  readonly store: Pick<Store, 'earliestStoreTimestampOfLog' | 'runtimeInfo' | 'unflushedBytes'>;
  readonly stats: Pick<BrokerStats, 'totals'>;
  readonly schedule: Pick<ScheduleService, 'runtimeInfo'>;
  /** Undefined without `timerWheelEnable`. */
  readonly timer: Pick<TimerMessageStore, 'runtimeInfo'> | undefined;
  readonly lanes: () => ReadonlyMap<string, Lane>;
}

/** What is pooled in the reference only: no limit. */
const NO_LIMIT = '2147483647';
const NO_TIMER: readonly (readonly [string, string])[] = [
  ['timerReadBehind', '0'],
  ['timerOffsetBehind', '0'],
  ['timerCongestNum', '0'],
  ['timerEnqueueTps', '0.0'],
  ['timerDequeueTps', '0.0'],
];

/** Source: AdminBrokerProcessor#prepareRuntimeInfo. */
export function getBrokerRuntimeInfo(parts: GetBrokerRuntimeInfoParts): Processor {
  const { store, stats, config, schedule, timer } = parts;
  return processor(GET_BROKER_RUNTIME_INFO, Lanes.ADMIN, async () => {
    const table = new Map([
      ...store.runtimeInfo(),
      ...schedule.runtimeInfo(),
      ...stats.totals(),
      ['brokerActive', 'true'],
      ['brokerVersionDesc', versionName(CURRENT_VERSION)],
      ['dispatchBehindBytes', '0'],
      ['pageCacheLockTimeMills', '0'],
      ['earliestMessageTimeStamp', String(await store.earliestStoreTimestampOfLog())],
      ['startAcceptSendRequestTimeStamp', String(config.startAcceptSendRequestTimeStamp)],
      ...(timer?.runtimeInfo() ?? NO_TIMER),
      ['remainTransientStoreBufferNumbs', NO_LIMIT],
      ['remainHowManyDataToFlush', readableBytes(store.unflushedBytes)],
      ['commitLogDirCapacity', capacityText(parts)],
      ...laneFigures(parts),
    ]);
    return { code: ResponseCode.SUCCESS, body: KVTable.encode({ table }) };
  });
}

function laneFigures({ lanes, config }: GetBrokerRuntimeInfoParts): [string, string][] {
  const sizeOf = (lane: string): string => String(lanes().get(lane)?.inFlight ?? 0);
  return [
    ['sendThreadPoolQueueSize', sizeOf(Lanes.SEND)],
    ['sendThreadPoolQueueCapacity', String(config.sendThreadPoolQueueCapacity)],
    ['pullThreadPoolQueueSize', '0'],
    ['pullThreadPoolQueueCapacity', String(config.pullThreadPoolQueueCapacity)],
    ['litePullThreadPoolQueueSize', '0'],
    ['litePullThreadPoolQueueCapacity', String(config.litePullThreadPoolQueueCapacity)],
    ['queryThreadPoolQueueSize', sizeOf(Lanes.QUERY)],
    ['queryThreadPoolQueueCapacity', String(config.queryThreadPoolQueueCapacity)],
    ['ackThreadPoolQueueSize', '0'],
    ['ackThreadPoolQueueCapacity', String(config.ackThreadPoolQueueCapacity)],
    ['EndTransactionQueueSize', '0'],
    ['EndTransactionThreadPoolQueueCapacity', String(config.endTransactionPoolQueueCapacity)],
    // Requests run as soon as they are read: none waits at the head of a queue.
    ['sendThreadPoolQueueHeadWaitTimeMills', '0'],
    ['pullThreadPoolQueueHeadWaitTimeMills', '0'],
    ['queryThreadPoolQueueHeadWaitTimeMills', '0'],
    ['litePullThreadPoolQueueHeadWaitTimeMills', '0'],
    ['ackThreadPoolQueueHeadWaitTimeMills', '0'],
  ];
}

function capacityText({ files, storeConfig }: GetBrokerRuntimeInfoParts): string {
  const { totalBytes, usedBytes } = files.diskSpaceSync(storeConfig.storePathRootDir);
  return `Total : ${readableBytes(totalBytes)}, Free : ${readableBytes(totalBytes - usedBytes)}.`;
}

const UNITS = 'KMGTPE';

/** Source: MixAll#humanReadableByteCount, with units of 1024. */
export function readableBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const exponent = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  return `${(bytes / 1024 ** exponent).toFixed(1)} ${UNITS[exponent - 1] ?? ''}iB`;
}
