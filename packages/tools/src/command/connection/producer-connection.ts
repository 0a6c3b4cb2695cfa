/** `mqadmin producerConnection`: the connected clients of a producer group. */
import { versionName } from '@rocketmq-ts/remoting';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

export const producerConnection = defineCommand({
  name: 'producerConnection',
  doc: 'Show the clients of a producer group.',
  options: {
    producerGroup: requiredText('g', 'producerGroup', 'Name of the group'),
    topic: requiredText('t', 'topic', 'A topic that it sends to: finds the brokers'),
  },
  async run({ admin, out }, { producerGroup, topic }) {
    const { connectionSet } = await admin.clients.producerConnections(producerGroup, topic);
    connectionSet.forEach((connection, index) => {
      const { clientId, clientAddr, language, version } = connection;
      out.report(
        connection,
        '%04d  %-32s %-22s %-8s %s',
        index + 1,
        clientId,
        clientAddr,
        language,
        versionName(version),
      );
    });
  },
});
