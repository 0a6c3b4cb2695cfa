/** What a client of servers is told once, and with each request. */
import type { Clock, Logger, Net, Random, SocksProxy, TlsClientOptions, Turn } from '@rocketmq-ts/common';
import type { BodyParts } from '../connection/outgoing.js';
import type { ExtFields, SerializeType } from '../remoting-command.js';
import type { Dispatcher } from '../server/dispatcher.js';

/** Gives the ext fields to add to a request (a signature, a namespace), from what it is about to send. */
export type RequestSigner = (request: { code: number; ext: ExtFields; body: BodyParts }) => ExtFields | undefined;

export interface RemotingClientOptions {
  readonly clock: Clock;
  readonly net: Net;
  readonly turn: Turn;
  readonly logger: Logger;
  /** Answers requests that servers send to us. */
  readonly dispatcher?: Pick<Dispatcher, 'dispatch'>;
  readonly connectTimeoutMs?: number;
  /** A connection without traffic for so long is closed; 0 for never. */
  readonly idleMs?: number;
  readonly maxFrameBytes?: number;
  readonly maxPendingRequests?: number;
  readonly serializeType?: SerializeType;
  readonly language?: string;
  readonly version?: number;
  readonly tls?: TlsClientOptions | undefined;
  /** The proxy that connections to a host go through; undefined for direct ones. */
  readonly proxyFor?: ((host: string) => SocksProxy | undefined) | undefined;
  /** With it, an address that could not be reached is left alone for a while, longer each time. */
  readonly random?: Random;
  readonly signer?: RequestSigner | undefined;
  readonly onConnectionOpened?: (address: string) => void;
  readonly onConnectionClosed?: (address: string, error: Error | undefined) => void;
}

export interface InvokeOptions {
  /** From now until the answer, connecting included. */
  readonly timeoutMs: number;
  readonly body?: BodyParts;
  readonly ext?: ExtFields | undefined;
  /** Words for whoever reads the request; few commands have any. */
  readonly remark?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Instead of the client's, for servers that do not know that one and need one that they know. */
  readonly language?: string;
}
