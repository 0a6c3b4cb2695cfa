/** `mqadmin cloneGroupOffset`: gives a group the offsets of another. */
import { brokerAddressOf } from '@rocketmq-ts/client';
import { requiredText, text } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

export const cloneGroupOffset = defineCommand({
  name: 'cloneGroupOffset',
  doc: 'Give a group the offsets of another.',
  options: {
    destGroup: requiredText('d', 'destGroup', 'Group that gets the offsets'),
    offline: text('o', 'offline', 'Accepted for compatibility; has no effect'),
    srcGroup: requiredText('s', 'srcGroup', 'Group that has the offsets'),
    topic: requiredText('t', 'topic', 'A topic of the group: finds the brokers'),
  },
  async run({ admin, out }, { srcGroup, destGroup, topic }) {
    const { offsetTable } = await admin.groups.consumeStats(srcGroup);
    const { brokerDatas } = await admin.nameServer.topicRoute(topic);
    const addresses = new Map(brokerDatas.map((data) => [data.brokerName, brokerAddressOf(data)]));
    for (const [queue, { consumerOffset }] of offsetTable) {
      const address = addresses.get(queue.brokerName);
      if (address === undefined || consumerOffset < 0) continue;
      await admin.offsets.updateConsumerOffset(address, destGroup, queue, consumerOffset);
    }
    const done = 'clone group offset success. srcGroup[%s], destGroup=[%s], topic[%s]';
    out.report({ srcGroup, destGroup, topic }, done, srcGroup, destGroup, topic);
  },
});
