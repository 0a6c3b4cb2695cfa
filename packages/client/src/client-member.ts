/** What a client instance knows of the producers and consumers that live in it. */

import type { MessageQueue } from '@rocketmq-ts/common';
import type {
  CheckTransactionStateRequestHeader,
  ConsumeMessageDirectlyResult,
  ConsumerData,
  ConsumerRunningInfo,
} from '@rocketmq-ts/remoting';
import type { ReceivedMessage } from './consumer/received-message.js';

/** A broker asks how the transaction of a half message ended. */
export interface TransactionCheck {
  readonly header: CheckTransactionStateRequestHeader;
  readonly message: ReceivedMessage;
  /** Who asks, `host:port`. */
  readonly address: string;
}

/** A producer as its client instance sees it. */
export interface ProducerMember {
  readonly kind: 'producer';
  /** With the namespace. */
  readonly group: string;
  /** Topics whose routes are kept fresh. */
  topics(): Iterable<string>;
  checkTransaction(check: TransactionCheck): Promise<void>;
}

/** A consumer as its client instance sees it. */
export interface ConsumerMember {
  readonly kind: 'consumer';
  /** With the namespace. */
  readonly group: string;
  topics(): Iterable<string>;
  /** What heartbeats tell of it. */
  consumerData(): ConsumerData;
  /** The group or a route has changed: look at the queues again, soon. */
  rebalanceSoon(): void;
  runningInfo(): ConsumerRunningInfo;
  /** Next offset to consume of each of its queues of a topic. */
  consumedOffsets(topic: string): ReadonlyMap<MessageQueue, number>;
  /** Goes on at these offsets. */
  resetOffsets(topic: string, offsets: ReadonlyMap<MessageQueue, number>): Promise<void>;
  /** Consumes one message outside of all queues; undefined when this kind of consumer cannot. */
  consumeDirectly(record: Buffer, brokerName: string | undefined): Promise<ConsumeMessageDirectlyResult | undefined>;
}

export type ClientMember = ProducerMember | ConsumerMember;
