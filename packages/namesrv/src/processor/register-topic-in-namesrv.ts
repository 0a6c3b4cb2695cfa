/** REGISTER_TOPIC_IN_NAMESRV: enters the route of a topic by hand; brokers that are not registered refuse the whole, silently. */
import { MalformedDataError } from '@rocketmq-ts/common';
import {
  BODY_LIMITS,
  type Processor,
  processor,
  type QueueData,
  REGISTER_TOPIC_IN_NAMESRV,
  RemotingCommandError,
  TopicRouteData,
} from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#registerTopicToNamesrv. */
export function registerTopicInNamesrv({ routes, logger }: Pick<NamesrvContext, 'routes' | 'logger'>): Processor {
  return processor(REGISTER_TOPIC_IN_NAMESRV, Lanes.DEFAULT, ({ topic }, { command, connection }) => {
    const queueDatas = decode(command.body);
    if (topic === undefined || queueDatas.length === 0) return SUCCESS;
    const entered = routes.registerTopic(topic, queueDatas);
    logger.info(entered ? 'topic registered' : 'topic refused', {
      topic: topic.slice(0, 255),
      peer: connection.remoteAddress,
    });
    return SUCCESS;
  });
}

function decode(body: Buffer | undefined): readonly QueueData[] {
  if (body === undefined) return [];
  try {
    return TopicRouteData.decode(body, BODY_LIMITS.request).queueDatas;
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RemotingCommandError(`Failed to decode TopicRouteData, ${error.message}`, { cause: error });
  }
}
