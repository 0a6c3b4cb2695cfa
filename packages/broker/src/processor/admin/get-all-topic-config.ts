/** GET_ALL_TOPIC_CONFIG: the topic table, whole or by pages. */
import { DataVersion } from '@rocketmq-ts/common';
import {
  GET_ALL_TOPIC_CONFIG,
  type Processor,
  processor,
  ResponseCode,
  TopicConfigAndMappingSerializeWrapper,
} from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../../config.js';
import type { TopicConfigManager } from '../../topic/topic-config-manager.js';
import { Lanes } from '../lanes.js';
import { pageOf } from './pages.js';

export interface GetAllTopicConfigParts {
  readonly config: Pick<BrokerConfig, 'enableSplitMetadata' | 'splitMetadataSize'>;
  readonly topics: Pick<TopicConfigManager, 'table' | 'dataVersion'>;
}

/** Source: AdminBrokerProcessor#getAllTopicConfig. */
export function getAllTopicConfig({ config, topics }: GetAllTopicConfigParts): Processor {
  return processor(GET_ALL_TOPIC_CONFIG, Lanes.ADMIN, ({ topicSeq, maxTopicNum, dataVersion }) => {
    const whole = topicSeq === undefined && maxTopicNum === undefined && dataVersion === undefined;
    const page = { start: topicSeq, size: maxTopicNum, dataVersion };
    const topicConfigTable =
      whole || !config.enableSplitMetadata
        ? topics.table
        : pageOf(topics.table, topics.dataVersion, page, config.splitMetadataSize);
    const body = TopicConfigAndMappingSerializeWrapper.encode({
      topicConfigTable,
      dataVersion: topics.dataVersion,
      topicQueueMappingInfoMap: new Map(),
      topicQueueMappingDetailMap: new Map(),
      mappingDataVersion: new DataVersion(0),
    });
    return { code: ResponseCode.SUCCESS, header: { totalTopicNum: topics.table.size }, body };
  });
}
