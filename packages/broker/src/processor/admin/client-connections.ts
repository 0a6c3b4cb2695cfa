/** Connected clients as lists of connections show them. */
import type { ClientConnection } from '@rocketmq-ts/remoting';
import type { ClientChannel } from '../../client/client-channel.js';

export function clientConnections(channels: Iterable<ClientChannel>): ClientConnection[] {
  return Array.from(channels, ({ clientId, connection, language, version }) => ({
    clientId,
    clientAddr: connection.remoteAddress,
    language,
    version,
  }));
}
