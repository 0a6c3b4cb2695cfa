/** `mqadmin allocateMQ`: how the queues of a topic spread over clients. */
import type { MessageQueue } from '@rocketmq-ts/common';
import { PermName } from '@rocketmq-ts/common';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

export const allocateMQ = defineCommand({
  name: 'allocateMQ',
  doc: 'Show how the queues of a topic spread over clients.',
  options: {
    ipList: requiredText('i', 'ipList', 'Addresses of the clients, separated by commas'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run({ admin, out }, { ipList, topic }) {
    const { queueDatas } = await admin.nameServer.topicRoute(topic);
    const queues = queueDatas
      .filter(({ perm }) => (perm & PermName.READ) !== 0)
      .flatMap(({ brokerName, readQueueNums }) =>
        Array.from({ length: readQueueNums }, (_, queueId) => ({ brokerName, queueId, topic })),
      );
    const clients = ipList.split(',');
    const result = Object.fromEntries(clients.map((client, index) => [client, shareOf(queues, clients.length, index)]));
    out.result({ result });
    out.line('%s', JSON.stringify({ result }));
  },
});

/** The queues of one of `count` clients: neighbours, the first clients get one more. Source: AllocateMessageQueueAveragely. */
function shareOf(queues: readonly MessageQueue[], count: number, index: number): readonly MessageQueue[] {
  const size = Math.floor(queues.length / count);
  const extra = queues.length % count;
  const start = index * size + Math.min(index, extra);
  return queues.slice(start, start + size + (index < extra ? 1 : 0));
}
