/** `mqadmin removeBroker`: stops a broker of a container. */
import { requiredText } from '../../cli/option-declaration.js';
import { UsageError } from '../../cli/parse-options.js';
import { defineCommand } from '../command.js';

export const removeBroker = defineCommand({
  name: 'removeBroker',
  doc: 'Stop a broker of a container.',
  options: {
    brokerContainerAddr: requiredText('c', 'brokerContainerAddr', 'Address of the container, host:port'),
    brokerIdentity: requiredText('b', 'brokerIdentity', 'Which broker: clusterName:brokerName:brokerId'),
  },
  async run({ admin, out }, { brokerContainerAddr, brokerIdentity }) {
    const identity = identityOf(brokerIdentity);
    await admin.brokers.removeFromContainer(brokerContainerAddr, identity);
    out.report({ brokerContainerAddr, ...identity }, 'remove broker from %s success', brokerContainerAddr);
  },
});

function identityOf(text: string): { brokerClusterName: string; brokerName: string; brokerId: number } {
  const [brokerClusterName = '', brokerName = '', id = '', ...rest] = text.split(':').map((part) => part.trim());
  const brokerId = /^\d{1,15}$/.test(id) ? Number(id) : undefined;
  if (brokerClusterName === '' || brokerName === '' || brokerId === undefined || rest.length > 0) {
    throw new UsageError(`brokerIdentity '${text}' is not clusterName:brokerName:brokerId`);
  }
  return { brokerClusterName, brokerName, brokerId };
}
