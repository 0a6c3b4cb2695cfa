/** VIEW_MESSAGE_BY_ID: the message at a physical offset. */
import { type Processor, processor, ResponseCode, VIEW_MESSAGE_BY_ID } from '@rocketmq-ts/remoting';
import type { Store } from '@rocketmq-ts/store';
import { Lanes } from './lanes.js';

/** Source: QueryMessageProcessor#viewMessageById. */
export function viewMessageById({ store }: { store: Pick<Store, 'recordAt'> }): Processor {
  return processor(VIEW_MESSAGE_BY_ID, Lanes.QUERY, async ({ offset }) => {
    const body = offset < 0 ? undefined : await store.recordAt(offset);
    if (body !== undefined) return { code: ResponseCode.SUCCESS, body };
    return { code: ResponseCode.SYSTEM_ERROR, remark: `can not find message by the offset, ${offset}` };
  });
}
