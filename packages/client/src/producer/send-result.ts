/** What a producer learns of a message that a broker took. */
import type { MessageQueue } from '@rocketmq-ts/common';

/** What a broker that names no region is taken to be in. Source: MixAll#DEFAULT_TRACE_REGION_ID. */
export const DEFAULT_REGION_ID = 'DefaultRegion';

/**
 * Whether the broker did all it was configured to do: the message is stored in
 * every case, but its copy on disk or on a replica was not confirmed in time
 * unless the status is `SEND_OK`. Source: SendStatus.
 */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE';

/** Source: SendResult. */
export interface SendResult {
  readonly status: SendStatus;
  /** The unique id, which consumers see too. */
  readonly messageId: string;
  /** Where the broker stored it, as text. */
  readonly offsetMessageId: string;
  /** The queue it went to; its topic is as the application names it. */
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  readonly transactionId: string | undefined;
  /** With it a delayed message can be taken back. */
  readonly recallHandle: string | undefined;
  /** Region of the broker; for message traces. */
  readonly regionId: string;
  /** Whether the broker lets clients trace messages. */
  readonly traceOn: boolean;
}
