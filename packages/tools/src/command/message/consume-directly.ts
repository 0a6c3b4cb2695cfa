/** Making one consumer process a message that is stored. */
import { AdminNotFoundError } from '@rocketmq-ts/client';
import type { MessageExt } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import type { CommandContext } from '../command.js';
import { isPushConsumer } from '../consumer/running-info-text.js';

/** @throws AdminNotFoundError when the client is no push consumer of the group */
export async function consumeDirectly(
  { admin, out }: CommandContext,
  message: MessageExt,
  client: { readonly consumerGroup: string; readonly clientId: string },
): Promise<void> {
  const { consumerGroup, clientId } = client;
  if (!isPushConsumer(await admin.groups.runningInfo(consumerGroup, clientId))) {
    throw new AdminNotFoundError(
      ResponseCode.SYSTEM_ERROR,
      `client ${clientId} is no push consumer: it takes no messages from here`,
    );
  }
  const request = { consumerGroup, clientId, topic: message.topic, msgId: message.msgId };
  const result = await admin.groups.consumeMessageDirectly(message.storeHost.toString(), request);
  const { order, autoCommit, consumeResult, remark, spentTimeMills } = result;
  const line = 'ConsumeMessageDirectlyResult [order=%s, autoCommit=%s, consumeResult=%s, remark=%s, spentTimeMills=%s]';
  out.report(
    { ...client, msgId: message.msgId, ...result },
    line,
    order,
    autoCommit,
    consumeResult,
    remark,
    spentTimeMills,
  );
}
