/** `mqadmin addBroker`: starts a broker in a container. */
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';

export const addBroker = defineCommand({
  name: 'addBroker',
  doc: 'Start a broker in a container.',
  options: {
    brokerContainerAddr: requiredText('c', 'brokerContainerAddr', 'Address of the container, host:port'),
    brokerConfigPath: requiredText(
      'b',
      'brokerConfigPath',
      "The broker's configuration file, on the container's machine",
    ),
  },
  async run({ admin, out }, { brokerContainerAddr, brokerConfigPath }) {
    await admin.brokers.addToContainer(brokerContainerAddr, brokerConfigPath);
    out.report({ brokerContainerAddr, brokerConfigPath }, 'add broker to %s success', brokerContainerAddr);
  },
});
