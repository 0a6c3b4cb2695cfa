/** Bodies about consumer groups. */
import {
  type SubscriptionGroupConfig,
  subscriptionGroupConfigFromJson,
  subscriptionGroupConfigToJson,
} from '@rocketmq-ts/common';
import {
  type Body,
  type BodyType,
  converted,
  defineBody,
  defineBodyOf,
  flag,
  int,
  listOf,
  mapOf,
  maybe,
  text,
} from './body-schema.js';
import { dataVersion } from './topic.js';

/** A group's configuration within a body; what is absent has the reference's default. */
export const subscriptionGroupConfig: BodyType<SubscriptionGroupConfig> = converted(
  subscriptionGroupConfigFromJson,
  subscriptionGroupConfigToJson,
);

/** The body of UPDATE_AND_CREATE_SUBSCRIPTIONGROUP and of the answer to GET_SUBSCRIPTIONGROUP_CONFIG. */
export const SubscriptionGroupConfigBody = defineBodyOf('SubscriptionGroupConfig', subscriptionGroupConfig);

/** The group table of a broker. */
export const SubscriptionGroupWrapper = defineBody('SubscriptionGroupWrapper', {
  subscriptionGroupTable: mapOf(subscriptionGroupConfig),
  /** Forbidden bits by group, then topic. */
  forbiddenTable: mapOf(mapOf(int)),
  dataVersion,
});
export type SubscriptionGroupWrapper = Body<typeof SubscriptionGroupWrapper>;

export const SubscriptionGroupList = defineBody('SubscriptionGroupList', {
  groupConfigList: listOf(subscriptionGroupConfig),
});
export type SubscriptionGroupList = Body<typeof SubscriptionGroupList>;

export const GroupForbidden = defineBody('GroupForbidden', {
  topic: maybe(text),
  group: maybe(text),
  readable: maybe(flag),
});
export type GroupForbidden = Body<typeof GroupForbidden>;

export const GroupList = defineBody('GroupList', { groupList: listOf(text) });
export type GroupList = Body<typeof GroupList>;
