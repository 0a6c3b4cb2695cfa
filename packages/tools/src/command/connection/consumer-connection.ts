/** `mqadmin consumerConnection`: the connected clients of a group and what they subscribe to. */
import {
  type ClientConnection,
  type ConsumerConnection,
  type SubscriptionData,
  versionName,
} from '@rocketmq-ts/remoting';
import { requiredText, text } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { defineCommand } from '../command.js';

const CLIENTS: Table<ClientConnection> = {
  titles: ['#ClientId', '#ClientAddr', '#Language', '#Version'],
  rowFormat: '%-36s %-22s %-10s %s',
  cells: ({ clientId, clientAddr, language, version }) => [clientId, clientAddr, language, versionName(version)],
};

const SUBSCRIPTIONS: Table<SubscriptionData> = {
  titles: ['#Topic', '#SubExpression'],
  rowFormat: '%-20s %s',
  cells: ({ topic, subString }) => [topic, subString],
};

export const consumerConnection = defineCommand({
  name: 'consumerConnection',
  doc: 'Show the clients of a consumer group and what they subscribe to.',
  options: {
    brokerAddr: text('b', 'brokerAddr', 'Ask this broker, host:port'),
    consumerGroup: requiredText('g', 'consumerGroup', 'Name of the group'),
  },
  async run({ admin, out }, { consumerGroup, brokerAddr }) {
    const connection: ConsumerConnection = await admin.groups.connections(consumerGroup, brokerAddr);
    if (out.json) return out.result(connection);
    out.table(CLIENTS, connection.connectionSet);
    out.line('\nBelow is subscription:');
    out.table(SUBSCRIPTIONS, connection.subscriptionTable.values());
    out.line('');
    out.line('ConsumeType: %s', connection.consumeType);
    out.line('MessageModel: %s', connection.messageModel);
    out.line('ConsumeFromWhere: %s', connection.consumeFromWhere);
  },
});
