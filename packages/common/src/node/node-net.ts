// The network of the operating system, behind the port `Net`: TCP, and TLS on the same port where asked for.
import { createServer, type Server } from 'node:net';
import { type Logger, silentLogger } from '../logger.js';
import { isFileSystemError } from '../ports/file-system-error.js';
import type { ConnectOptions, Listener, ListenOptions, Net, Socket } from '../ports/net.js';
import { ThrottledLogger } from '../throttled-logger.js';
import { Incoming } from './incoming.js';
import { LentReads } from './lent-reads.js';
import { openConnection } from './node-connect.js';
import { NodeSocket, plainAddress } from './node-socket.js';

const BACKLOG = 1024;
const MAX_UNDECIDED = 4000;

export interface NodeNetOptions {
  /** Hears of connections that failed before anyone owned them. Default: silence. */
  readonly logger?: Logger;
  /** Connections of a listener that have not shown yet what they are, or shake hands; beyond, the oldest is dropped. Default: 4000. */
  readonly maxUndecided?: number;
}

/** The sockets of this machine, with Nagle's delay off and keep-alive on. */
export class NodeNet implements Net {
  readonly #logger: Logger;
  readonly #maxUndecided: number;
  readonly #lentReads = new LentReads();

  constructor(options: NodeNetOptions = {}) {
    this.#logger = new ThrottledLogger(options.logger ?? silentLogger, () => performance.now());
    this.#maxUndecided = options.maxUndecided ?? MAX_UNDECIDED;
  }

  /**
   * With `options.tls` or `options.proxyProtocol` a connection is handed to
   * `onConnection` once its first bytes told which kind it is and a TLS handshake
   * is done; without, at once.
   */
  listen(options: ListenOptions, onConnection: (socket: Socket) => void): Promise<Listener> {
    const { tls, proxyProtocol = false, lendsChunks = false } = options;
    const lentReads = lendsChunks ? this.#lentReads : undefined;
    const shared = { logger: this.#logger, maxUndecided: this.#maxUndecided, lentReads, onConnection };
    const incoming = tls === undefined && !proxyProtocol ? undefined : new Incoming({ ...shared, tls, proxyProtocol });
    const server = createServer({ noDelay: true, keepAlive: true }, (stream) => {
      if (incoming === undefined) onConnection(new NodeSocket(lentReads?.of(stream) ?? stream, { encrypted: false }));
      else incoming.accept(stream);
    });
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(listenError(options, error));
      server.once('error', fail);
      server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
        server.off('error', fail);
        // Accepting can fail for one connection (too many open files); the listener lives on.
        server.on('error', (error) => this.#logger.warn('a connection could not be accepted', { error }));
        resolve(new NodeListener(server, incoming));
      });
    });
  }

  /** Rejects with the system's code, `ETIMEDOUT` when the connection with its handshakes takes longer than `timeoutMs`. */
  connect(options: ConnectOptions): Promise<Socket> {
    return openConnection(options);
  }
}

class NodeListener implements Listener {
  readonly port: number;
  readonly host: string;
  readonly #server: Server;
  readonly #incoming: Incoming | undefined;

  constructor(server: Server, incoming: Incoming | undefined) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error(`listener has no TCP address: ${address}`);
    this.port = address.port;
    this.host = plainAddress(address.address);
    this.#server = server;
    this.#incoming = incoming;
  }

  async close(): Promise<void> {
    // Not waited for: the server's own callback comes only when the last open socket is gone.
    this.#server.close();
    this.#incoming?.close();
  }
}

function listenError(options: ListenOptions, cause: Error): Error {
  const code = isFileSystemError(cause) ? cause.code : undefined;
  const reason = code === 'EADDRINUSE' ? 'the port is already in use' : cause.message;
  return Object.assign(new Error(`cannot listen on ${options.host}:${options.port}: ${reason}`, { cause }), { code });
}
