/** `mqadmin producer`: all producers of a broker. */
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

export const producer = defineCommand({
  name: 'producer',
  doc: 'Show all producers that are connected to a broker.',
  options: { broker: requiredText('b', 'broker', 'Address of the broker, host:port') },
  async run({ admin, out }, { broker }) {
    const { data } = await admin.clients.producers(broker);
    for (const [group, producers] of data) {
      if (producers.length === 0) out.report({ group }, 'producer group (%s) instances are empty', group);
      for (const info of producers) {
        const { clientId, remoteIP, language, version, lastUpdateTimestamp } = info;
        const line =
          'producer group (%s) instance : clientId=%s,remoteIP=%s, language=%s, version=%s, lastUpdateTimestamp=%s';
        out.report({ group, ...info }, line, group, clientId, remoteIP, language, version, lastUpdateTimestamp);
      }
    }
  },
});
