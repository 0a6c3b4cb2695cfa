/** A client at the other end of a connection. */
import type { Connection } from '@rocketmq-ts/remoting';

/** Source: ClientChannelInfo. */
export interface ClientChannel {
  readonly connection: Connection;
  readonly clientId: string;
  readonly language: string;
  readonly version: number;
  /** Clock time of its last heartbeat, ms. */
  lastUpdateTimestamp: number;
}

/** Longest client id that is taken; a client's own are far shorter. */
export const MAX_CLIENT_ID_CHARS = 1024;
