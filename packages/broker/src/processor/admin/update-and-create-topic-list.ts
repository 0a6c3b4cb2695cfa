/** UPDATE_AND_CREATE_TOPIC_LIST: creates or changes many topics. */
import { isSameTopicConfig, MalformedDataError } from '@rocketmq-ts/common';
import {
  BODY_LIMITS,
  CreateTopicListRequestBody,
  type Processor,
  processor,
  ResponseCode,
  UPDATE_AND_CREATE_TOPIC_LIST,
} from '@rocketmq-ts/remoting';
import { decodeBody } from '../decode-body.js';
import { Lanes } from '../lanes.js';
import { type CreateTopicParts, topicRefusal, UNTOUCHED_REMARK } from './create-topic-rules.js';

const DONE = { code: ResponseCode.SUCCESS, remark: UNTOUCHED_REMARK };

/** All of them or none. Source: AdminBrokerProcessor#updateAndCreateTopicList. */
export function updateAndCreateTopicList(parts: CreateTopicParts): Processor {
  return processor(UPDATE_AND_CREATE_TOPIC_LIST, Lanes.ADMIN, (_header, exchange) => {
    const { topicConfigList } = decodeBody(CreateTopicListRequestBody, exchange, BODY_LIMITS.list);
    for (const topic of topicConfigList) {
      const refusal = topicRefusal(parts, topic);
      if (refusal !== undefined) return refusal;
    }
    const changed = topicConfigList.filter((topic) => {
      const known = parts.topics.select(topic.topicName);
      return known === undefined || !isSameTopicConfig(topic, known);
    });
    try {
      parts.topics.update(changed);
    } catch (error) {
      if (!(error instanceof MalformedDataError)) throw error;
      return { code: ResponseCode.SYSTEM_ERROR, remark: error.message };
    }
    return DONE;
  });
}
