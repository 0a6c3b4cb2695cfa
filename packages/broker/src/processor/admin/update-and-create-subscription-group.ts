/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP and its list: create consumer groups or change them. */
import { MalformedDataError, type SubscriptionGroupConfig, validateGroup } from '@rocketmq-ts/common';
import {
  type Answer,
  BODY_LIMITS,
  type Processor,
  processor,
  ResponseCode,
  SubscriptionGroupConfigBody,
  SubscriptionGroupList,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
} from '@rocketmq-ts/remoting';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { MAX_QUEUE_NUMS } from '../../topic/topic-config-manager.js';
import { decodeBody } from '../decode-body.js';
import { Lanes } from '../lanes.js';

export interface UpdateSubscriptionGroupParts {
  readonly groups: Pick<SubscriptionGroupManager, 'update'>;
}

function update({ groups }: UpdateSubscriptionGroupParts, configs: readonly SubscriptionGroupConfig[]): Answer<never> {
  for (const { groupName, retryQueueNums } of configs) {
    const invalid = validateGroup(groupName);
    if (invalid !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: invalid };
    if (retryQueueNums < 0 || retryQueueNums > MAX_QUEUE_NUMS) {
      return {
        code: ResponseCode.INVALID_PARAMETER,
        remark: `The group[${groupName}] may have 0 to ${MAX_QUEUE_NUMS} retry queues, not ${retryQueueNums}.`,
      };
    }
  }
  try {
    groups.update(configs);
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return { code: ResponseCode.SYSTEM_ERROR, remark: error.message };
  }
  return { code: ResponseCode.SUCCESS };
}

/** Source: AdminBrokerProcessor#updateAndCreateSubscriptionGroup. */
export function updateAndCreateSubscriptionGroup(parts: UpdateSubscriptionGroupParts): Processor {
  return processor(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, Lanes.ADMIN, (_header, exchange) =>
    update(parts, [decodeBody(SubscriptionGroupConfigBody, exchange)]),
  );
}

/** All of them or none. Source: AdminBrokerProcessor#updateAndCreateSubscriptionGroupList. */
export function updateAndCreateSubscriptionGroupList(parts: UpdateSubscriptionGroupParts): Processor {
  return processor(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, Lanes.ADMIN, (_header, exchange) =>
    update(parts, decodeBody(SubscriptionGroupList, exchange, BODY_LIMITS.list).groupConfigList),
  );
}
