// The network of the operating system, behind the port `Net`: TCP, and TLS on the same port where asked for.
import { createServer, type Socket as NetSocket, type Server } from 'node:net';
import { type Logger, silentLogger } from '../logger.js';
import { isFileSystemError } from '../ports/file-system-error.js';
import type { ConnectOptions, Listener, ListenOptions, Net, Socket, TlsServerMode } from '../ports/net.js';
import { openConnection } from './node-connect.js';
import { NodeSocket, plainAddress } from './node-socket.js';
import { TlsTerminator } from './tls-terminator.js';

const TLS_HANDSHAKE_BYTE = 0x16;
/** The reference closes a connection that is idle this long; here also one that never sent its first byte. */
const FIRST_BYTE_TIMEOUT_MS = 120_000;
const BACKLOG = 1024;

export interface NodeNetOptions {
  /** Hears of connections that failed before anyone owned them. Default: silence. */
  readonly logger?: Logger;
}

/** The sockets of this machine, with Nagle's delay off and keep-alive on. */
export class NodeNet implements Net {
  readonly #logger: Logger;

  constructor(options: NodeNetOptions = {}) {
    this.#logger = options.logger ?? silentLogger;
  }

  /**
   * With `options.tls` a connection is handed to `onConnection` once its first
   * byte told which kind it is and a TLS handshake is done; without, at once.
   */
  listen(options: ListenOptions, onConnection: (socket: Socket) => void): Promise<Listener> {
    const undecided = new Set<NetSocket>();
    const accept = options.tls
      ? acceptByFirstByte(options.tls.mode, new TlsTerminator(options.tls), undecided, this.#logger, onConnection)
      : (stream: NetSocket) => onConnection(new NodeSocket(stream, { encrypted: false }));
    const server = createServer({ noDelay: true, keepAlive: true }, accept);
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(listenError(options, error));
      server.once('error', fail);
      server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
        server.off('error', fail);
        // Accepting can fail for one connection (too many open files); the listener lives on.
        server.on('error', (error) => this.#logger.warn('a connection could not be accepted', { error }));
        resolve(new NodeListener(server, undecided));
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
  readonly #undecided: Set<NetSocket>;

  constructor(server: Server, undecided: Set<NetSocket>) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error(`listener has no TCP address: ${address}`);
    this.port = address.port;
    this.host = plainAddress(address.address);
    this.#server = server;
    this.#undecided = undecided;
  }

  async close(): Promise<void> {
    // Not waited for: the server's own callback comes only when the last open socket is gone.
    this.#server.close();
    for (const stream of this.#undecided) stream.destroy();
  }
}

/** Accepts connections of which the first byte says whether they are TLS, and drops those that `mode` does not allow. */
function acceptByFirstByte(
  mode: TlsServerMode,
  terminator: TlsTerminator,
  undecided: Set<NetSocket>,
  logger: Logger,
  onConnection: (socket: Socket) => void,
): (stream: NetSocket) => void {
  const secure = (transport: NetSocket): void => {
    terminator.handshake(transport, {
      secured: (stream) => {
        undecided.delete(transport);
        onConnection(new NodeSocket(stream, { encrypted: true, transport }));
      },
      failed: (error) => {
        logger.warn('a TLS handshake failed', { peer: plainAddress(transport.remoteAddress), error });
        transport.destroy();
      },
    });
  };
  const decide = (stream: NetSocket, chunk: Buffer): void => {
    const isTls = chunk[0] === TLS_HANDSHAKE_BYTE;
    if (mode === (isTls ? 'disabled' : 'enforcing')) {
      logger.warn('a connection was refused for its encryption', {
        peer: plainAddress(stream.remoteAddress),
        isTls,
        mode,
      });
      stream.destroy();
      return;
    }
    stream.pause();
    stream.unshift(chunk);
    if (isTls) {
      secure(stream);
      return;
    }
    undecided.delete(stream);
    onConnection(new NodeSocket(stream, { encrypted: false }));
  };
  return (stream) => {
    undecided.add(stream);
    const timer = setTimeout(() => stream.destroy(), FIRST_BYTE_TIMEOUT_MS);
    timer.unref();
    const early = (error: Error): void => logger.debug('a connection failed before its first byte', { error });
    const closed = (): void => {
      clearTimeout(timer);
      undecided.delete(stream);
    };
    stream.on('error', early);
    stream.once('close', closed);
    stream.once('data', (chunk: Buffer) => {
      clearTimeout(timer);
      decide(stream, chunk);
    });
  };
}

function listenError(options: ListenOptions, cause: Error): Error {
  const code = isFileSystemError(cause) ? cause.code : undefined;
  const reason = code === 'EADDRINUSE' ? 'the port is already in use' : cause.message;
  return Object.assign(new Error(`cannot listen on ${options.host}:${options.port}: ${reason}`, { cause }), { code });
}
