/** INVOKE_BROKER_TO_GET_CONSUMER_STATUS: asks the clients of a group how far they have got. */
import { MalformedDataError, type MessageQueue } from '@rocketmq-ts/common';
import {
  codecOf,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  GetConsumerStatusBody,
  GetConsumerStatusRequestHeader,
  INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
  type Processor,
  processor,
  RemotingError,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ClientChannel } from '../../client/client-channel.js';
import type { ConsumerManager } from '../../client/consumer-manager.js';
import { callClient } from '../call-client.js';
import { Lanes } from '../lanes.js';
import { isTooOldForResets, tooOld } from './client-age.js';

const TIMEOUT_MS = 5000;
const CODEC = codecOf(GetConsumerStatusRequestHeader);

type Progress = ReadonlyMap<MessageQueue, number>;

/** A client that does not answer is left out. Source: Broker2Client#getConsumeStatus. */
export function invokeBrokerToGetConsumerStatus({
  consumers,
}: {
  consumers: Pick<ConsumerManager, 'find'>;
}): Processor {
  return processor(INVOKE_BROKER_TO_GET_CONSUMER_STATUS, Lanes.ADMIN, async ({ topic, group, clientAddr = '' }) => {
    const channels = [...(consumers.find(group)?.channels.values() ?? [])];
    if (channels.length === 0) {
      return {
        code: ResponseCode.SYSTEM_ERROR,
        remark: `No Any Consumer online in the consumer group: [${group}]`,
      };
    }
    const old = channels.find(isTooOldForResets);
    if (old !== undefined) return tooOld(old);
    const asked = channels.filter(({ clientId }) => clientAddr.trim() === '' || clientAddr === clientId);
    const answers = await Promise.all(asked.map((channel) => progressOf(channel, { topic, group })));
    const consumerTable = new Map<string, Progress>();
    for (const [index, progress] of answers.entries()) {
      const clientId = asked[index]?.clientId;
      if (progress !== undefined && clientId !== undefined) consumerTable.set(clientId, progress);
    }
    const body = GetConsumerStatusBody.encode({ messageQueueTable: new Map(), consumerTable });
    return { code: ResponseCode.SUCCESS, body };
  });
}

async function progressOf(
  { connection }: ClientChannel,
  values: { topic: string; group: string },
): Promise<Progress | undefined> {
  const { code, name } = GET_CONSUMER_STATUS_FROM_CLIENT;
  try {
    const answer = await callClient(connection, { code, name, codec: CODEC, values }, TIMEOUT_MS);
    if (answer.code !== ResponseCode.SUCCESS || !(answer.body instanceof Uint8Array)) return undefined;
    return GetConsumerStatusBody.decode(answer.body).messageQueueTable;
  } catch (error) {
    if (error instanceof RemotingError || error instanceof MalformedDataError) return undefined;
    throw error;
  }
}
