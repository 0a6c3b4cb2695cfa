/** ADD_WRITE_PERM_OF_BROKER: gives all topics of a broker the write permission back. */
import { ADD_WRITE_PERM_OF_BROKER, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#addWritePermOfBroker. */
export function addWritePermOfBroker({ routes, logger }: Pick<NamesrvContext, 'routes' | 'logger'>): Processor {
  return processor(ADD_WRITE_PERM_OF_BROKER, Lanes.DEFAULT, ({ brokerName }, exchange) => {
    const addTopicCount = brokerName === undefined ? 0 : routes.addWritePermission(brokerName);
    logger.info('write permission added', { brokerName, addTopicCount, peer: exchange.connection.remoteAddress });
    return { code: ResponseCode.SUCCESS, header: { addTopicCount } };
  });
}
