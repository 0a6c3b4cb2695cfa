/** GET_KVLIST_BY_NAMESPACE: reads all keys of a namespace. */
import { GET_KVLIST_BY_NAMESPACE, type Processor, processor, ResponseCode } from '@rocketmq-ts/remoting';
import { successWith } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#getKVListByNamespace. */
export function getKvListByNamespace({ kv }: Pick<NamesrvContext, 'kv'>): Processor {
  return processor(GET_KVLIST_BY_NAMESPACE, Lanes.DEFAULT, ({ namespace }) => {
    const body = namespace === undefined ? undefined : kv.list(namespace);
    if (body !== undefined) return successWith(body);
    return { code: ResponseCode.QUERY_NOT_FOUND, remark: `No config item, Namespace: ${namespace ?? null}` };
  });
}
