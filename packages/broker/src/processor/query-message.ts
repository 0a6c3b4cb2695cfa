/** QUERY_MESSAGE: messages by key, unique id or tag, through the index. */
import { type Processor, processor, QUERY_MESSAGE, ResponseCode } from '@rocketmq-ts/remoting';
import type { MessageStoreConfig, QueryRequest, Store } from '@rocketmq-ts/store';
import { Lanes } from './lanes.js';

export interface QueryMessageParts {
  readonly storeConfig: Pick<MessageStoreConfig, 'defaultQueryMaxNum' | 'maxMsgsNumBatch'>;
  readonly store: Pick<Store, 'query'>;
}

function indexTypeOf(text: string | undefined, uniqueKeyQuery: boolean): QueryRequest['indexType'] {
  if (uniqueKeyQuery || text === 'U') return 'unique';
  return text === 'T' ? 'tag' : 'key';
}

/** Source: QueryMessageProcessor#queryMessage. */
export function queryMessage({ storeConfig, store }: QueryMessageParts): Processor {
  return processor(QUERY_MESSAGE, Lanes.QUERY, async (header) => {
    const { topic, key, maxNum, beginTimestamp, endTimestamp, indexType, uniqueKeyQuery = false } = header;
    const found = await store.query({
      topic,
      key,
      maxCount: uniqueKeyQuery ? storeConfig.defaultQueryMaxNum : Math.min(maxNum, storeConfig.maxMsgsNumBatch),
      beginTimestamp,
      endTimestamp,
      indexType: indexTypeOf(indexType, uniqueKeyQuery),
    });
    const answerHeader = {
      indexLastUpdateTimestamp: found.indexLastUpdateTimestamp,
      indexLastUpdatePhyoffset: found.indexLastUpdatePhysicalOffset,
    };
    if (found.records.length === 0) {
      return {
        code: ResponseCode.QUERY_NOT_FOUND,
        remark: 'can not find message, maybe time range not correct',
        header: answerHeader,
      };
    }
    return { code: ResponseCode.SUCCESS, header: answerHeader, body: found.records };
  });
}
