/** DELETE_TOPIC_IN_NAMESRV: forgets the route of a topic, in all clusters or in one. */
import { DELETE_TOPIC_IN_NAMESRV, type Processor, processor } from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#deleteTopicInNamesrv. */
export function deleteTopicInNamesrv({ routes, logger }: Pick<NamesrvContext, 'routes' | 'logger'>): Processor {
  return processor(DELETE_TOPIC_IN_NAMESRV, Lanes.DEFAULT, ({ topic, clusterName }, exchange) => {
    if (topic === undefined) return SUCCESS;
    routes.deleteTopic(topic, clusterName === '' ? undefined : clusterName);
    logger.info('topic deleted', { topic, cluster: clusterName, peer: exchange.connection.remoteAddress });
    return SUCCESS;
  });
}
