/** What a peer is called, in errors, logs and wherever clients are listed. */
import type { Socket } from '@rocketmq-ts/common';

/** `host:port` of the peer, or of the one in whose name a load balancer has connected. Source: RemotingHelper.parseChannelRemoteAddr. */
export function peerNameOf(socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'proxied'>): string {
  const { remoteAddress, remotePort } = socket.proxied?.remotePort ? socket.proxied : socket;
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
