/** WIPE_WRITE_PERM_OF_BROKER: takes the write permission from all topics of a broker, until it changes its topics. */
import { type Processor, processor, ResponseCode, WIPE_WRITE_PERM_OF_BROKER } from '@rocketmq-ts/remoting';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#wipeWritePermOfBroker. */
export function wipeWritePermOfBroker({ routes, logger }: Pick<NamesrvContext, 'routes' | 'logger'>): Processor {
  return processor(WIPE_WRITE_PERM_OF_BROKER, Lanes.DEFAULT, ({ brokerName }, exchange) => {
    const wipeTopicCount = brokerName === undefined ? 0 : routes.wipeWritePermission(brokerName);
    logger.info('write permission wiped', { brokerName, wipeTopicCount, peer: exchange.connection.remoteAddress });
    return { code: ResponseCode.SUCCESS, header: { wipeTopicCount } };
  });
}
