/** REGISTER_TOPIC_IN_NAMESRV: enters the route of a topic by hand; brokers that are not registered refuse the whole, silently. */
import { isJsonObject, MalformedDataError, parseJson } from '@rocketmq-ts/common';
import { type Processor, processor, REGISTER_TOPIC_IN_NAMESRV, RemotingCommandError } from '@rocketmq-ts/remoting';
import { queueDataOf } from '../route/registration-values.js';
import type { QueueData } from '../route/route-data.js';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#registerTopicToNamesrv. */
export function registerTopicInNamesrv({ routes, logger }: Pick<NamesrvContext, 'routes' | 'logger'>): Processor {
  return processor(REGISTER_TOPIC_IN_NAMESRV, Lanes.DEFAULT, ({ topic }, { command, connection }) => {
    const queueDatas = decode(command.body, routes.limits.maxBrokers);
    if (topic === undefined || queueDatas.length === 0) return SUCCESS;
    const entered = routes.registerTopic(topic, queueDatas);
    logger.info(entered ? 'topic registered' : 'topic refused', {
      topic: topic.slice(0, 255),
      peer: connection.remoteAddress,
    });
    return SUCCESS;
  });
}

function decode(body: Buffer | undefined, limit: number): QueueData[] {
  if (body === undefined) return [];
  try {
    const route = parseJson(body);
    const queueDatas = isJsonObject(route) ? route.queueDatas : undefined;
    if (!Array.isArray(queueDatas)) return [];
    if (queueDatas.length > limit)
      throw new MalformedDataError(`${queueDatas.length} queueDatas, allowed are ${limit}`);
    return queueDatas.map(queueDataOf);
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RemotingCommandError(`Failed to decode TopicRouteData, ${error.message}`, { cause: error });
  }
}
