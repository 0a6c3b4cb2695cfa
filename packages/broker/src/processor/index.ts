/** The table of a broker's commands: every processor with what it needs. */
import type { Processor } from '@rocketmq-ts/remoting';
import { adminProcessors } from './admin/index.js';
import { checkClientConfig } from './check-client-config.js';
import { consumerSendMsgBack } from './consumer-send-msg-back.js';
import type { BrokerContext } from './context.js';
import { getConsumerListByGroup } from './get-consumer-list-by-group.js';
import { getEarliestMsgStoretime } from './get-earliest-msg-storetime.js';
import { getMaxOffset } from './get-max-offset.js';
import { getMinOffset } from './get-min-offset.js';
import { heartBeat } from './heart-beat.js';
import { lockBatchMq } from './lock-batch-mq.js';
import { pullMessageProcessors } from './pull-message.js';
import { queryAssignment } from './query-assignment.js';
import { queryConsumerOffset } from './query-consumer-offset.js';
import { queryMessage } from './query-message.js';
import { recallMessage } from './recall-message.js';
import { searchOffsetByTimestamp } from './search-offset-by-timestamp.js';
import { sendMessageProcessors } from './send-message.js';
import { sendReplyMessageProcessors } from './send-reply-message.js';
import { setMessageRequestMode } from './set-message-request-mode.js';
import { unlockBatchMq } from './unlock-batch-mq.js';
import { unregisterClient } from './unregister-client.js';
import { updateConsumerOffset } from './update-consumer-offset.js';
import { viewMessageById } from './view-message-by-id.js';

/** The processors of the port `listenPort`. */
export function brokerProcessors(context: BrokerContext): Processor[] {
  return [...fastProcessors(context), ...pullMessageProcessors(context)];
}

/** The processors of the port two below it: those that wait for messages are not there. */
export function fastProcessors(context: BrokerContext): Processor[] {
  return [
    ...sendMessageProcessors(context),
    ...sendReplyMessageProcessors(context),
    recallMessage(context),
    consumerSendMsgBack(context),
    heartBeat(context),
    unregisterClient(context),
    checkClientConfig(context),
    getConsumerListByGroup(context),
    updateConsumerOffset(context),
    queryConsumerOffset(context),
    getMaxOffset(context),
    getMinOffset(context),
    searchOffsetByTimestamp(context),
    getEarliestMsgStoretime(context),
    queryMessage(context),
    viewMessageById(context),
    lockBatchMq(context),
    unlockBatchMq(context),
    queryAssignment(context),
    setMessageRequestMode(context),
    ...adminProcessors(context),
  ];
}
