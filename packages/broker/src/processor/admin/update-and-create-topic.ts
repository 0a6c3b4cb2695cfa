/** UPDATE_AND_CREATE_TOPIC: creates a topic or changes it. */
import {
  createTopicConfig,
  isSameTopicConfig,
  MalformedDataError,
  parseAttributes,
  TOPIC_FILTER_TYPES,
  type TopicConfig,
} from '@rocketmq-ts/common';
import {
  type CreateTopicRequestHeader,
  type Processor,
  processor,
  ResponseCode,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/remoting';
import { Lanes } from '../lanes.js';
import { type CreateTopicParts, topicRefusal, UNTOUCHED_REMARK } from './create-topic-rules.js';

/** Source: AdminBrokerProcessor#updateAndCreateTopic. */
export function updateAndCreateTopic(parts: CreateTopicParts): Processor {
  return processor(UPDATE_AND_CREATE_TOPIC, Lanes.ADMIN, (header) => {
    try {
      const topic = topicOf(header);
      const refusal = topicRefusal(parts, topic);
      if (refusal !== undefined) return refusal;
      const known = parts.topics.select(topic.topicName);
      if (known === undefined || !isSameTopicConfig(topic, known)) parts.topics.update([topic]);
      return { code: ResponseCode.SUCCESS, remark: UNTOUCHED_REMARK };
    } catch (error) {
      if (!(error instanceof MalformedDataError)) throw error;
      return { code: ResponseCode.SYSTEM_ERROR, remark: error.message };
    }
  });
}

function topicOf(header: CreateTopicRequestHeader): TopicConfig {
  const { topic, readQueueNums, writeQueueNums, perm, topicSysFlag, order, attributes } = header;
  const topicFilterType = TOPIC_FILTER_TYPES.find((type) => type === header.topicFilterType);
  if (topicFilterType === undefined) {
    throw new MalformedDataError(`topicFilterType = [${header.topicFilterType}] value invalid`);
  }
  return createTopicConfig(topic, {
    readQueueNums,
    writeQueueNums,
    perm,
    topicFilterType,
    topicSysFlag: topicSysFlag ?? 0,
    order,
    attributes: parseAttributes(attributes),
  });
}
