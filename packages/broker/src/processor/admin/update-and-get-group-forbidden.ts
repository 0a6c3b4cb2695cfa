/** UPDATE_AND_GET_GROUP_FORBIDDEN: reads or changes whether a group may consume a topic. */
import { validateGroup, validateTopic } from '@rocketmq-ts/common';
import {
  GroupForbidden,
  type Processor,
  processor,
  ResponseCode,
  UPDATE_AND_GET_GROUP_FORBIDDEN,
} from '@rocketmq-ts/remoting';
import type { SubscriptionGroupManager } from '../../subscription/subscription-group-manager.js';
import { Lanes } from '../lanes.js';

/** Source: AdminBrokerProcessor#updateAndGetGroupForbidden. */
export function updateAndGetGroupForbidden({
  groups,
}: {
  groups: Pick<SubscriptionGroupManager, 'isReadForbidden' | 'setReadForbidden'>;
}): Processor {
  return processor(UPDATE_AND_GET_GROUP_FORBIDDEN, Lanes.ADMIN, ({ group, topic, readable }) => {
    if (readable !== undefined) {
      const invalid = validateGroup(group) ?? validateTopic(topic);
      if (invalid !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: invalid };
      groups.setReadForbidden(group, topic, !readable);
    }
    const body = GroupForbidden.encode({ group, topic, readable: !groups.isReadForbidden(group, topic) });
    return { code: ResponseCode.SUCCESS, remark: '', body };
  });
}
