/** GET_KV_CONFIG: reads a value. */
import { GET_KV_CONFIG, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getKVConfig. */
export function getKvConfig({ kv }: Pick<NamesrvContext, 'kv'>): Processor {
  return processor(GET_KV_CONFIG, Lanes.DEFAULT, ({ namespace, key }) => {
    const value = namespace === undefined || key === undefined ? undefined : kv.get(namespace, key);
    if (value !== undefined) return { code: ResponseCode.SUCCESS, header: { value } };
    const remark = `No config item, Namespace: ${namespace ?? null} Key: ${key ?? null}`;
    return { code: ResponseCode.QUERY_NOT_FOUND, remark };
  });
}
