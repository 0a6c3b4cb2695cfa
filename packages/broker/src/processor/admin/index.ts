/** The commands of administrators and tools. */
import type { Processor } from '@rocketmq-ts/remoting';
import type { BrokerContext } from '../context.js';
import { cleanUpProcessors } from './clean-up.js';
import { cloneGroupOffset } from './clone-group-offset.js';
import { consumeMessageDirectly } from './consume-message-directly.js';
import { deleteSubscriptionGroup } from './delete-subscription-group.js';
import { deleteTopicInBroker } from './delete-topic-in-broker.js';
import { getAllConsumerOffset } from './get-all-consumer-offset.js';
import { getAllDelayOffset } from './get-all-delay-offset.js';
import { getAllMessageRequestMode } from './get-all-message-request-mode.js';
import { getAllProducerInfo } from './get-all-producer-info.js';
import { getAllSubscriptionGroupConfig } from './get-all-subscription-group-config.js';
import { getAllTopicConfig } from './get-all-topic-config.js';
import { getBrokerConfig } from './get-broker-config.js';
import { getBrokerConsumeStats } from './get-broker-consume-stats.js';
import { getBrokerRuntimeInfo } from './get-broker-runtime-info.js';
import { getConsumeStats } from './get-consume-stats.js';
import { getConsumerConnectionList } from './get-consumer-connection-list.js';
import { getConsumerRunningInfo } from './get-consumer-running-info.js';
import { getProducerConnectionList } from './get-producer-connection-list.js';
import { getSubscriptionGroupConfig } from './get-subscription-group-config.js';
import { getSystemTopicListFromBroker } from './get-system-topic-list-from-broker.js';
import { getTopicConfig } from './get-topic-config.js';
import { getTopicStatsInfo } from './get-topic-stats-info.js';
import { invokeBrokerToGetConsumerStatus } from './invoke-broker-to-get-consumer-status.js';
import { invokeBrokerToResetOffset } from './invoke-broker-to-reset-offset.js';
import { queryConsumeQueue } from './query-consume-queue.js';
import { queryConsumeTimeSpan } from './query-consume-time-span.js';
import { queryCorrectionOffset } from './query-correction-offset.js';
import { querySubscriptionByConsumer } from './query-subscription-by-consumer.js';
import { queryTopicConsumeByWho } from './query-topic-consume-by-who.js';
import { queryTopicsByConsumer } from './query-topics-by-consumer.js';
import { timerProcessors } from './timer.js';
import {
  updateAndCreateSubscriptionGroup,
  updateAndCreateSubscriptionGroupList,
} from './update-and-create-subscription-group.js';
import { updateAndCreateTopic } from './update-and-create-topic.js';
import { updateAndCreateTopicList } from './update-and-create-topic-list.js';
import { updateAndGetGroupForbidden } from './update-and-get-group-forbidden.js';
import { updateBrokerConfig } from './update-broker-config.js';
import { viewBrokerStatsData } from './view-broker-stats-data.js';

/** The processors of the administration commands that are served. */
export function adminProcessors(context: BrokerContext): Processor[] {
  return [
    updateAndCreateTopic(context),
    updateAndCreateTopicList(context),
    deleteTopicInBroker(context),
    getAllTopicConfig(context),
    getTopicConfig(context),
    getSystemTopicListFromBroker(context),
    getTopicStatsInfo(context),
    queryTopicConsumeByWho(context),
    queryTopicsByConsumer(context),
    querySubscriptionByConsumer(context),
    updateAndCreateSubscriptionGroup(context),
    updateAndCreateSubscriptionGroupList(context),
    getAllSubscriptionGroupConfig(context),
    getSubscriptionGroupConfig(context),
    deleteSubscriptionGroup(context),
    updateAndGetGroupForbidden(context),
    getConsumerConnectionList(context),
    getProducerConnectionList(context),
    getAllProducerInfo(context),
    getConsumerRunningInfo(context),
    consumeMessageDirectly(context),
    getConsumeStats(context),
    getBrokerConsumeStats(context),
    queryConsumeTimeSpan(context),
    queryConsumeQueue(context),
    getAllConsumerOffset(context),
    getAllDelayOffset(context),
    getAllMessageRequestMode(context),
    cloneGroupOffset(context),
    queryCorrectionOffset(context),
    invokeBrokerToResetOffset(context),
    invokeBrokerToGetConsumerStatus(context),
    getBrokerRuntimeInfo(context),
    getBrokerConfig(context),
    updateBrokerConfig(context),
    viewBrokerStatsData(context),
    ...timerProcessors(context),
    ...cleanUpProcessors(context),
  ];
}
