/** `mqadmin queryMsgByKey`: messages by key or tag. */
import { uniqueIdOf } from '@rocketmq-ts/client';
import { IndexType, type MessageExt } from '@rocketmq-ts/common';
import { int, long, requiredText, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { UsageError } from '../../cli/parse-options.js';
import { defineCommand } from '../command.js';
import { messageJson } from './message-text.js';

interface FoundRow {
  readonly message: MessageExt;
  /** Where the next page begins; give it to -l. */
  readonly indexKey: string;
}

const TABLE: Table<FoundRow> = {
  titles: ['#Message ID', '#QID', '#Offset', '#IndexKey'],
  rowFormat: '%-50s %4d %40d %-200s',
  cells: ({ message, indexKey }) => [uniqueIdOf(message), message.queueId, message.queueOffset, indexKey],
};

const HOUR_MS = 3_600_000;

export const queryMsgByKey = defineCommand({
  name: 'queryMsgByKey',
  doc: 'Find messages by key or tag.',
  options: {
    beginTimestamp: long('b', 'beginTimestamp', 'Oldest store time, ms since the epoch'),
    cluster: text('c', 'cluster', 'Only this cluster; or parent topic of a light queue'),
    endTimestamp: long('e', 'endTimestamp', 'Newest store time, ms since the epoch'),
    msgKey: requiredText('k', 'msgKey', 'Key, or tag with -p T'),
    lastKey: text('l', 'lastKey', 'Continue behind this index key'),
    maxNum: int('m', 'maxNum', 'Most messages per broker (default 64)'),
    keyType: text('p', 'keyType', 'K for keys (default), T for tags'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run({ admin, out }, options) {
    const { topic, msgKey: key, keyType = IndexType.KEY, maxNum = 64, cluster: clusterName, lastKey } = options;
    if (keyType !== IndexType.KEY && keyType !== IndexType.TAG) {
      throw new UsageError('index type error, just support K for keys or T for tags');
    }
    const span = { begin: options.beginTimestamp ?? 0, end: options.endTimestamp ?? Number.MAX_SAFE_INTEGER };
    const messages = await admin.messages.query({
      topic,
      key,
      maxNum,
      indexType: keyType,
      clusterName,
      lastKey,
      ...span,
    });
    out.titles(TABLE);
    for (const message of messages) {
      const hour = message.storeTimestamp - (message.storeTimestamp % HOUR_MS);
      const indexKey = [hour, topic, keyType, key, uniqueIdOf(message), message.commitLogOffset].join('@');
      if (out.json) out.report({ ...messageJson(message), indexKey }, '');
      else out.row(TABLE, { message, indexKey });
    }
  },
});
