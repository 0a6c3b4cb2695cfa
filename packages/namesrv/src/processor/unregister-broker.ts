/** UNREGISTER_BROKER: a broker leaves. It is taken out together with others at the end of the turn. */
import { type Processor, processor, ResponseCode, UNREGISTER_BROKER } from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#unregisterBroker. */
export function unregisterBroker({
  unregistrations,
  logger,
}: Pick<NamesrvContext, 'unregistrations' | 'logger'>): Processor {
  return processor(UNREGISTER_BROKER, Lanes.DEFAULT, (header, exchange) => {
    const { clusterName, brokerName, brokerAddr, brokerId } = header;
    if (clusterName === undefined || brokerName === undefined || brokerAddr === undefined) return SUCCESS;
    const unregistration = { clusterName, brokerName, brokerAddr, brokerId: brokerId ?? -1 };
    if (unregistrations.trySubmit(unregistration)) return SUCCESS;
    logger.warn('the queue of unregistrations is full', { ...unregistration, peer: exchange.connection.remoteAddress });
    return { code: ResponseCode.SYSTEM_ERROR };
  });
}
