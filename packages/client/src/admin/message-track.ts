/** What became of a message in each group that consumes its topic. */
import type { MessageExt } from '@rocketmq-ts/common';
import { type ClusterInfo, type ConsumerConnection, ResponseCode } from '@rocketmq-ts/remoting';
import { MASTER_ID } from '../route/topic-route.js';
import { hasCode } from './admin-errors.js';
import { tagsOf } from './message-admin.js';
import type { MQAdminExt } from './mq-admin-ext.js';

/** Source: TrackType. */
export type TrackType =
  | 'CONSUMED'
  | 'CONSUMED_BUT_FILTERED'
  | 'PULL'
  | 'NOT_CONSUME_YET'
  | 'NOT_ONLINE'
  | 'CONSUME_BROADCASTING'
  | 'UNKNOWN';

/** Source: MessageTrack. */
export interface MessageTrack {
  readonly consumerGroup: string;
  readonly trackType: TrackType;
  readonly exceptionDesc: string | undefined;
}

/** One entry per group. What goes wrong for one group becomes its entry. Source: DefaultMQAdminExtImpl#messageTrackDetail. */
export async function messageTrack(admin: MQAdminExt, message: MessageExt): Promise<MessageTrack[]> {
  const groups = await admin.topics.consumeByWho(message.topic);
  const tracks: MessageTrack[] = [];
  for (const group of groups) tracks.push(await trackOf(admin, message, group));
  return tracks;
}

async function trackOf(admin: MQAdminExt, message: MessageExt, consumerGroup: string): Promise<MessageTrack> {
  try {
    const connection = await admin.groups.connections(consumerGroup);
    return {
      consumerGroup,
      trackType: await typeOf(admin, message, connection, consumerGroup),
      exceptionDesc: undefined,
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (hasCode(error, ResponseCode.BROADCAST_CONSUMPTION)) {
      return { consumerGroup, trackType: 'CONSUME_BROADCASTING', exceptionDesc: undefined };
    }
    // A group none of whose members ever came has no retry topic either.
    const offline = hasCode(error, ResponseCode.CONSUMER_NOT_ONLINE) || hasCode(error, ResponseCode.TOPIC_NOT_EXIST);
    return { consumerGroup, trackType: offline ? 'NOT_ONLINE' : 'UNKNOWN', exceptionDesc: error.message };
  }
}

async function typeOf(
  admin: MQAdminExt,
  message: MessageExt,
  connection: ConsumerConnection,
  group: string,
): Promise<TrackType> {
  if (connection.consumeType === 'CONSUME_ACTIVELY') return 'PULL';
  if (connection.consumeType !== 'CONSUME_PASSIVELY') return 'UNKNOWN';
  const info = await admin.nameServer.clusterInfo();
  if (!(await isConsumed(admin, message, group, info))) return 'NOT_CONSUME_YET';
  const tags = connection.subscriptionTable.get(message.topic)?.tagsSet;
  const taken = tags === undefined || tags.size === 0 || tags.has('*') || tags.has(tagsOf(message) ?? '');
  return taken ? 'CONSUMED' : 'CONSUMED_BUT_FILTERED';
}

async function isConsumed(admin: MQAdminExt, message: MessageExt, group: string, info: ClusterInfo): Promise<boolean> {
  const { offsetTable } = await admin.groups.consumeStats(group);
  for (const [queue, { consumerOffset }] of offsetTable) {
    if (queue.topic !== message.topic || queue.queueId !== message.queueId) continue;
    const master = info.brokerAddrTable.get(queue.brokerName)?.brokerAddrs.get(MASTER_ID);
    if (master === message.storeHost.toString() && consumerOffset > message.queueOffset) return true;
  }
  return false;
}
