/** `mqadmin updateKvConfig` and `deleteKvConfig`: keys of the name servers. */
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

const place = {
  key: requiredText('k', 'key', 'Key'),
  namespace: requiredText('s', 'namespace', 'Namespace of the key'),
};

export const updateKvConfig = defineCommand({
  name: 'updateKvConfig',
  doc: 'Set a key of the name servers.',
  options: { ...place, value: requiredText('v', 'value', 'Value') },
  async run({ admin, out }, { namespace, key, value }) {
    await admin.nameServer.putKv(namespace, key, value);
    out.report({ namespace, key, value }, 'create or update kv config to namespace success.');
  },
});

export const deleteKvConfig = defineCommand({
  name: 'deleteKvConfig',
  doc: 'Remove a key of the name servers.',
  options: place,
  async run({ admin, out }, { namespace, key }) {
    await admin.nameServer.deleteKv(namespace, key);
    out.report({ namespace, key, deleted: true }, 'delete kv config from namespace success.');
  },
});
