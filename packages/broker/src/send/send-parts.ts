/** What sending needs of the broker, and the shapes its files share. */
import type { Clock, Random, TopicConfig, Turn, UniqueIdGenerator } from '@rocketmq-ts/common';
import type { Answer, Exchange, SendMessageRequestHeader, SendMessageResponseInit } from '@rocketmq-ts/remoting';
import type { MessageStoreConfig, Store } from '@rocketmq-ts/store';
import type { DelayLevels } from '../schedule/delay-levels.js';
import type { TimedMessages } from '../schedule/timed-messages.js';
import type { BrokerStats } from '../stats/broker-stats.js';

/** What sending reads of the broker's configuration. */
export interface SendConfig {
  readonly brokerClusterName: string;
  readonly brokerIP1: string;
  readonly brokerName: string;
  readonly brokerPermission: number;
  readonly regionId: string;
  readonly traceOn: boolean;
  readonly startAcceptSendRequestTimeStamp: number;
}

/** What sending needs of the broker's other parts. */
export interface SendParts {
  readonly config: SendConfig;
  readonly storeConfig: Pick<MessageStoreConfig, 'timerCongestNumEachSlot' | 'timerMaxDelaySec' | 'timerWheelEnable'>;
  readonly clock: Clock;
  readonly turn: Pick<Turn, 'output'>;
  readonly random: Random;
  readonly uniqueIds: Pick<UniqueIdGenerator, 'next'>;
  readonly store: Pick<Store, 'put' | 'putBatch' | 'placeOf' | 'isOsPageCacheBusy' | 'flags'>;
  /** Largest body, for the text of refusals. */
  readonly maxMessageSize: number;
  /** `brokerIP1:listenPort` in the form messages carry it, 8 or 20 bytes. */
  readonly storeHost: Uint8Array;
  readonly topics: {
    select(topic: string): TopicConfig | undefined;
    /** Another number after each change of the topics. */
    readonly changeCount: number;
    createInSend(request: {
      topic: string;
      defaultTopic: string;
      queueNums: number;
      sysFlag: number;
      remoteAddress: string;
    }): TopicConfig | undefined;
    createInSendBack(request: {
      topic: string;
      queueNums: number;
      perm: number;
      sysFlag: number;
    }): TopicConfig | undefined;
    isOrderTopic(topic: string): boolean;
  };
  readonly delayLevels: Pick<DelayLevels, 'postpone'>;
  readonly timedMessages: Pick<TimedMessages, 'postpone'>;
  readonly groups: { find(group: string): { readonly retryMaxTimes: number } | undefined };
  readonly locks: { isLockAllExpired(group: string): boolean };
  readonly stats: Pick<BrokerStats, 'putsOf' | 'onPutTo'>;
}

/** A send request under way. */
export type SendExchange = Exchange<SendMessageResponseInit>;
/** What a send is answered with. */
export type SendAnswer = Answer<SendMessageResponseInit>;

/** The part of both header versions that sending reads. */
export type SendHeader = Pick<
  SendMessageRequestHeader,
  | 'topic'
  | 'defaultTopic'
  | 'defaultTopicQueueNums'
  | 'queueId'
  | 'sysFlag'
  | 'bornTimestamp'
  | 'flag'
  | 'properties'
  | 'reconsumeTimes'
  | 'unitMode'
  | 'batch'
  | 'maxReconsumeTimes'
>;
