/** `mqadmin skipAccumulatedMessage`: lets a group continue at the end of its queues. */
import { NEWEST } from '@rocketmq-ts/client';
import { bool, requiredText, text } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { resetOffsets } from './reset-offset.js';

export const skipAccumulatedMessage = defineCommand({
  name: 'skipAccumulatedMessage',
  doc: 'Skip all messages that wait for a group.',
  options: {
    cluster: text('c', 'cluster', 'Cluster, or parent topic of a light queue: finds the brokers'),
    force: bool('f', 'force', 'Also forward (true|false, default true)'),
    group: requiredText('g', 'group', 'Name of the group'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, { cluster: clusterName, force = true, group, topic }) {
    const texts = { online: '', offline: '', lastOfflineTitle: '#rollbackOffset' };
    await resetOffsets(context, { group, topic, timestamp: NEWEST, force, clusterName }, texts);
  },
});
