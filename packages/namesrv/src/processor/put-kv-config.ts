/** PUT_KV_CONFIG: stores a value. */
import { type Processor, PUT_KV_CONFIG, processor } from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#putKVConfig. */
export function putKvConfig({ kv, logger }: Pick<NamesrvContext, 'kv' | 'logger'>): Processor {
  return processor(PUT_KV_CONFIG, Lanes.DEFAULT, async ({ namespace, key, value }, exchange) => {
    await kv.put(namespace, key, value);
    logger.info('KV config put', { namespace, key, peer: exchange.connection.remoteAddress });
    return SUCCESS;
  });
}
