/** What brokers ask of a client: look at your group again, tell your state, go back to an offset. */
import { type Logger, type MessageQueue, messageQueueKey } from '@rocketmq-ts/common';
import {
  CONSUME_MESSAGE_DIRECTLY,
  ConsumeMessageDirectlyResult,
  ConsumerRunningInfo,
  GET_CONSUMER_RUNNING_INFO,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  GetConsumerStatusBody,
  NOTIFY_CONSUMER_IDS_CHANGED,
  type Processor,
  processor,
  RESET_CONSUMER_CLIENT_OFFSET,
  ResetOffsetBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerMember } from '../client-member.js';

/** Requests of brokers that may be under way at a time. */
export const BROKER_REQUEST_LANES = { broker: 1024 } as const;
const LANE = 'broker';

export interface BrokerRequestsOptions {
  readonly clientId: string;
  readonly logger: Logger;
  /** The consumer of a group, if it lives here. */
  readonly consumerOf: (group: string) => ConsumerMember | undefined;
}

/** Source: ClientRemotingProcessor. */
export function brokerRequestProcessors({ clientId, logger, consumerOf }: BrokerRequestsOptions): Processor[] {
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
