/** DELETE_KV_CONFIG: removes a key; one that is not there is fine. */
import { DELETE_KV_CONFIG, type Processor, processor } from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#deleteKVConfig. */
export function deleteKvConfig({ kv, logger }: Pick<NamesrvContext, 'kv' | 'logger'>): Processor {
  return processor(DELETE_KV_CONFIG, Lanes.DEFAULT, async ({ namespace, key }, exchange) => {
    if (namespace === undefined || key === undefined) return SUCCESS;
    await kv.delete(namespace, key);
    logger.info('KV config deleted', { namespace, key, peer: exchange.connection.remoteAddress });
    return SUCCESS;
  });
}
