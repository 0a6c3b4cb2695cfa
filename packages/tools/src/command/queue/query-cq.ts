/** `mqadmin queryCq`: entries of a consume queue. */
import { AdminNotFoundError, MASTER_ID } from '@rocketmq-ts/client';
import { writeJson } from '@rocketmq-ts/common';
import { QueryConsumeQueueResponseBody, ResponseCode, SubscriptionData } from '@rocketmq-ts/remoting';
import { int, requiredInt, requiredLong, requiredText, text } from '../../cli/option-declaration.js';
import { type CommandContext, defineCommand } from '../command.js';

const RULE = '======================================';

export const queryCq = defineCommand({
  name: 'queryCq',
  doc: 'Show entries of a consume queue and what a filter makes of them.',
  options: {
    broker: text('b', 'broker', 'Address of the broker, host:port (default: the first of the topic)'),
    count: int('c', 'count', 'How many entries (default 10)'),
    consumer: text('g', 'consumer', 'Group whose filter is tried'),
    index: requiredLong('i', 'index', 'First entry'),
    queue: requiredInt('q', 'queue', 'Number of the queue'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, { broker, count = 10, consumer: consumerGroup, index, queue: queueId, topic }) {
    const { admin, out } = context;
    const address = broker || (await firstMaster(context, topic));
    const body = await admin.messages.consumeQueue(address, { topic, queueId, index, count, consumerGroup });
    out.result(QueryConsumeQueueResponseBody.write(body) as object);
    if (body.subscriptionData !== undefined) {
      out.text(
        `Subscription data: \n${writeJson(SubscriptionData.write(body.subscriptionData), { pretty: true, sortKeys: true })}\n${RULE}\n`,
      );
    }
    if (body.filterData !== undefined) out.text(`Filter data: \n${body.filterData}\n${RULE}\n`);
    out.line('Queue data: \nmax: %d, min: %d\n%s', body.maxQueueIndex, body.minQueueIndex, RULE);
    body.queueData?.forEach((entry, position) => {
      const { physicOffset, physicSize, tagsCode, extendDataJson, bitMap, eval: matches, msg } = entry;
      out.line(
        "idx: %d\nConsumeQueueData{physicOffset=%s, physicSize=%s, tagsCode=%s, extendDataJson='%s', bitMap='%s', eval=%s, msg='%s'}\n%s",
        ...[index + position, physicOffset, physicSize, tagsCode, extendDataJson, bitMap, matches, msg, RULE],
      );
    });
  },
});

async function firstMaster({ admin }: CommandContext, topic: string): Promise<string> {
  const { brokerDatas } = await admin.nameServer.topicRoute(topic);
  const address = brokerDatas[0]?.brokerAddrs.get(MASTER_ID);
  if (address === undefined)
    throw new AdminNotFoundError(ResponseCode.BROKER_NOT_EXIST, `topic '${topic}' has no living master`);
  return address;
}
