/** Bodies that carry topic configurations. */
import { DataVersion, type TopicConfig, topicConfigFromJson, topicConfigToJson } from '@rocketmq-ts/common';
import {
  type Body,
  type BodyType,
  converted,
  defineBody,
  defineBodyOf,
  listOf,
  mapOf,
  maybe,
  objectOf,
} from './body-schema.js';
import { TopicQueueMappingDetail, TopicQueueMappingInfo } from './static-topic.js';

/** The version of a table within a body; version 0 when absent. */
export const dataVersion: BodyType<DataVersion> = converted(
  (json) => (json === undefined || json === null ? new DataVersion(0) : DataVersion.fromJson(json)),
  (version) => version.toJSON(),
);

/** A topic's configuration within a body; what is absent has the reference's default. */
export const topicConfig: BodyType<TopicConfig> = converted(topicConfigFromJson, topicConfigToJson);

/** The topic table of a broker. */
export const TopicConfigSerializeWrapper = defineBody('TopicConfigSerializeWrapper', {
  topicConfigTable: mapOf(topicConfig),
  dataVersion,
});
export type TopicConfigSerializeWrapper = Body<typeof TopicConfigSerializeWrapper>;

/** The topic table with the queue mappings of static topics. */
export const TopicConfigAndMappingSerializeWrapper = defineBody('TopicConfigAndMappingSerializeWrapper', {
  topicConfigTable: mapOf(topicConfig),
  dataVersion,
  topicQueueMappingInfoMap: mapOf(TopicQueueMappingInfo),
  topicQueueMappingDetailMap: mapOf(TopicQueueMappingDetail),
  mappingDataVersion: dataVersion,
});
export type TopicConfigAndMappingSerializeWrapper = Body<typeof TopicConfigAndMappingSerializeWrapper>;

export const TopicQueueMappingSerializeWrapper = defineBody('TopicQueueMappingSerializeWrapper', {
  topicQueueMappingInfoMap: mapOf(TopicQueueMappingDetail),
  dataVersion,
});
export type TopicQueueMappingSerializeWrapper = Body<typeof TopicQueueMappingSerializeWrapper>;

export const CreateTopicListRequestBody = defineBody('CreateTopicListRequestBody', {
  topicConfigList: listOf(topicConfig),
});
export type CreateTopicListRequestBody = Body<typeof CreateTopicListRequestBody>;

/** The body of QUERY_DATA_VERSION, both ways. */
export const DataVersionBody = defineBodyOf('DataVersion', dataVersion);

/** The body of the answer to GET_TOPIC_CONFIG: a topic configuration, flat, with the mapping of a static topic beside it. */
export interface TopicConfigAndQueueMapping {
  readonly topicConfig: TopicConfig;
  readonly mappingDetail: TopicQueueMappingDetail | undefined;
}

const mappingDetail = objectOf({ mappingDetail: maybe(TopicQueueMappingDetail) });

export const TopicConfigAndQueueMapping = defineBodyOf<TopicConfigAndQueueMapping>('TopicConfigAndQueueMapping', {
  read: (value, where) => ({
    topicConfig: topicConfig.read(value, where),
    mappingDetail: mappingDetail.read(value, where).mappingDetail,
  }),
  write: (value) => ({
    ...topicConfigToJson(value.topicConfig),
    ...(value.mappingDetail === undefined ? {} : { mappingDetail: TopicQueueMappingDetail.write(value.mappingDetail) }),
  }),
});
