/** What brokers ask of a client: look at your group again, tell your state, go back to an offset, take a reply. */
import { type Clock, type Logger, type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import {
  CHECK_TRANSACTION_STATE,
  CONSUME_MESSAGE_DIRECTLY,
  ConsumeMessageDirectlyResult,
  ConsumerRunningInfo,
  GET_CONSUMER_RUNNING_INFO,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  GetConsumerStatusBody,
  NOTIFY_CONSUMER_IDS_CHANGED,
  type Processor,
  PUSH_REPLY_MESSAGE_TO_CLIENT,
  processor,
  RESET_CONSUMER_CLIENT_OFFSET,
  ResetOffsetBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerMember, TransactionCheck } from '../client-member.js';
import type { PendingReplies } from './pending-replies.js';
import { replyRecordOf } from './reply-record.js';

/** Requests of brokers that may be under way at a time. */
export const BROKER_REQUEST_LANES = { broker: 1024, replies: 4096, checks: 1024 } as const;
const LANE = 'broker';
const REPLIES = 'replies';
/** Of their own, as the application answers them: slow ones hold up nothing else. */
const CHECKS = 'checks';

export interface BrokerRequestsOptions {
  readonly clientId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly replies: PendingReplies;
  /** Asks the producer of the half message. */
  readonly checkTransaction: (header: TransactionCheck['header'], record: Buffer, address: string) => Promise<void>;
  /** The consumer of a group, if it lives here. */
  readonly consumerOf: (group: string) => ConsumerMember | undefined;
}

/** Source: ClientRemotingProcessor. */
export function brokerRequestProcessors(options: BrokerRequestsOptions): Processor[] {
  return [...producerRequests(options), ...consumerRequests(options)];
}

function producerRequests({ clock, logger, replies, checkTransaction }: BrokerRequestsOptions): Processor[] {
  return [
    processor(PUSH_REPLY_MESSAGE_TO_CLIENT, REPLIES, (header, { command }) => {
      const record = replyRecordOf(header, command.body ?? Buffer.alloc(0), clock.now());
      if (!replies.deliver(record)) logger.warn('a reply that nobody waits for', { from: header.bornHost });
      return { code: ResponseCode.SUCCESS };
    }),
    processor(CHECK_TRANSACTION_STATE, CHECKS, async (header, { command, connection }) => {
      await checkTransaction(header, Buffer.from(command.body ?? []), connection.peerName);
      return { code: ResponseCode.SUCCESS };
    }),
  ];
}

function consumerRequests({ clientId, logger, consumerOf }: BrokerRequestsOptions): Processor[] {
  const unknownGroup = (group: string) => ({
    code: ResponseCode.SYSTEM_ERROR,
    remark: `The Consumer Group <${group}> not exist in this consumer`,
  });
  return [
    processor(NOTIFY_CONSUMER_IDS_CHANGED, LANE, ({ consumerGroup }) => {
      consumerOf(consumerGroup)?.rebalanceSoon();
      return { code: ResponseCode.SUCCESS };
    }),
    processor(GET_CONSUMER_RUNNING_INFO, LANE, ({ consumerGroup }) => {
      const consumer = consumerOf(consumerGroup);
      if (consumer === undefined) return unknownGroup(consumerGroup);
      return { code: ResponseCode.SUCCESS, body: ConsumerRunningInfo.encode(consumer.runningInfo()) };
    }),
    processor(RESET_CONSUMER_CLIENT_OFFSET, LANE, async ({ group, topic }, { command }) => {
      const offsets = ResetOffsetBody.decode(command.body).offsetTable;
      logger.info('a broker resets offsets', { group, topic, queues: offsets.size });
      await consumerOf(group)?.resetOffsets(topic, uniqueQueues(offsets));
      return { code: ResponseCode.SUCCESS };
    }),
    processor(GET_CONSUMER_STATUS_FROM_CLIENT, LANE, ({ group, topic }) => {
      const messageQueueTable = consumerOf(group)?.consumedOffsets(topic) ?? new Map();
      const body = GetConsumerStatusBody.encode({ messageQueueTable, consumerTable: new Map() });
      return { code: ResponseCode.SUCCESS, body };
    }),
    processor(CONSUME_MESSAGE_DIRECTLY, LANE, async ({ consumerGroup, brokerName }, { command }) => {
      const consumer = consumerOf(consumerGroup);
      const record = command.body === undefined ? Buffer.alloc(0) : Buffer.from(command.body);
      const result = await consumer?.consumeDirectly(record, brokerName);
      if (result === undefined)
        return { ...unknownGroup(consumerGroup), remark: `${unknownGroup(consumerGroup).remark}: ${clientId}` };
      return { code: ResponseCode.SUCCESS, body: ConsumeMessageDirectlyResult.encode(result) };
    }),
  ];
}

/** The body's map is keyed by objects that are never the same twice. */
function uniqueQueues(offsets: ReadonlyMap<MessageQueue, number>): ReadonlyMap<MessageQueue, number> {
  const byKey = new Map<string, [MessageQueue, number]>();
  for (const [queue, offset] of offsets) byKey.set(messageQueueKey(queue), [queue, offset]);
  return new Map(byKey.values());
}
