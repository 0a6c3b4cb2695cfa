/** What the settings that name servers and brokers share (`NettyServerConfig`) mean for their servers. */
import type { Logger } from '@rocketmq-ts/common';
import type { NettyServerConfig } from '../config.js';
import type { RequestGate } from './dispatcher.js';
import type { RemotingServerLimits } from './remoting-server.js';
import type { ServerLimitsConfig } from './server-limits-config.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/** The limits that the settings give; a high water mark of 0 leaves it to the server. */
export function serverLimitsOf(settings: {
  readonly nettyServer: NettyServerConfig;
  readonly serverLimits: ServerLimitsConfig;
}): Partial<RemotingServerLimits> {
  const { nettyServer: config, serverLimits } = settings;
  return {
    maxConnections: serverLimits.serverMaxConnections,
    pendingOutputBytes: serverLimits.serverMaxPendingOutputBytes,
    idleMs: config.serverChannelMaxIdleTimeSeconds * 1000,
    maxPendingRequests: config.serverAsyncSemaphoreValue,
    ...(config.writeBufferHighWaterMark > 0 ? { outputHighWaterBytes: config.writeBufferHighWaterMark } : {}),
  };
}

/** Says so when others than this machine reach a server (`the broker`) that asks nobody who they are. */
export function warnOfOpenServer(
  server: string,
  bindAddress: string,
  gates: readonly RequestGate[] | undefined,
  logger: Logger,
): void {
  if ((gates !== undefined && gates.length > 0) || LOOPBACK.test(bindAddress)) return;
  logger.warn(`${server} answers everybody who reaches it: it checks no credentials`, { bindAddress });
}
