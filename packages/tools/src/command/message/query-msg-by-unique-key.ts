/** `mqadmin queryMsgByUniqueKey`: messages by the id that their producer gave them. */
import { IndexType } from '@rocketmq-ts/common';
import { flag, long, requiredText, text } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { consumeDirectly } from './consume-directly.js';
import { printFound } from './print-found.js';

const WINDOW_MS = 36 * 60 * 60 * 1000;

export const queryMsgByUniqueKey = defineCommand({
  name: 'queryMsgByUniqueKey',
  doc: 'Show a message by its unique id, or make a consumer process it.',
  options: {
    showAll: flag('a', 'showAll', 'All messages with this id, not only the oldest'),
    cluster: text('c', 'cluster', 'Only this cluster; or parent topic of a light queue'),
    clientId: text('d', 'clientId', 'With -g: the consumer that is to process the message'),
    endTime: long('e', 'endTime', 'With -s: newest store time, ms since the epoch'),
    consumerGroup: text('g', 'consumerGroup', 'With -d: group of the consumer'),
    msgId: requiredText('i', 'msgId', 'Unique id'),
    startTime: long('s', 'startTime', 'With -e: oldest store time, ms since the epoch'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, options) {
    const { admin, clock } = context;
    const { topic, msgId: key, cluster: clusterName, consumerGroup, clientId, startTime, endTime } = options;
    const hasSpan = startTime !== undefined && endTime !== undefined;
    const now = clock.now();
    const span = hasSpan ? { begin: startTime, end: endTime } : { begin: now - WINDOW_MS, end: now + WINDOW_MS };
    const query = { topic, key, maxNum: 32, indexType: IndexType.UNIQUE, clusterName, ...span };
    const found = (await admin.messages.query(query)).sort((a, b) => a.storeTimestamp - b.storeTimestamp);
    if (consumerGroup !== undefined && clientId !== undefined) {
      return consumeDirectly(context, found[0]!, { consumerGroup, clientId });
    }
    for (const message of options.showAll ? found : found.slice(0, 1)) {
      await printFound(context, message, { withOffsetId: false });
    }
  },
});
