/** Consumption of one message that a tool picked, outside of all queues. */
import type { Clock } from '@rocketmq-ts/common';
import type { ConsumeMessageDirectlyResult } from '@rocketmq-ts/remoting';
import { reasonOf } from '../errors.js';
import { ConsumeContext, ConsumeLaterError, callHandler, type Handler } from './consumption.js';
import type { ReceivedMessage } from './received-message.js';

/** Calls the handler and reports; nothing is committed or handed back. Source: ConsumeMessageService#consumeMessageDirectly. */
export function consumeDirectly<T>(
  handler: Handler<T>,
  message: ReceivedMessage<T>,
  { clock, isOrderly }: { clock: Clock; isOrderly: boolean },
): Promise<ConsumeMessageDirectlyResult> {
  const startedMs = clock.monotonicMs();
  const context = new ConsumeContext<T>();
  return new Promise((resolve) => {
    callHandler(handler, [message], context, (error, failed) => {
      const isLater = error instanceof ConsumeLaterError || context.laterLevelOf(message) !== undefined;
      resolve({
        order: isOrderly,
        autoCommit: true,
        consumeResult: isLater ? 'CR_LATER' : failed ? 'CR_THROW_EXCEPTION' : 'CR_SUCCESS',
        remark: failed ? reasonOf(error) : undefined,
        spentTimeMills: Math.round(clock.monotonicMs() - startedMs),
      });
    });
  });
}
