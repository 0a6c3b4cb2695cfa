// The server's side of TLS handshakes, over connections that someone else accepted.
import type { Socket as NetSocket } from 'node:net';
import { type SecureContextOptions, Server, type TLSSocket } from 'node:tls';
import type { TlsServerOptions } from '../ports/net.js';

/** The reference's (Netty's) limit for a handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Hears the outcome of a handshake that was begun with `TlsTerminator.handshake`; exactly one of the two is called. */
export interface HandshakeHandler {
  secured(stream: TLSSocket): void;
  failed(error: Error): void;
}

/**
 * Makes TLS connections (1.2 or newer, no renegotiation) out of plain ones. The
 * key and certificate are asked for at each handshake, and loaded when they are
 * another object than the last time.
 */
export class TlsTerminator {
  readonly #options: TlsServerOptions;
  /** Handshakes under way by the addresses of both ends; bounded by their time-out. */
  readonly #waiting = new Map<string, HandshakeHandler>();
  #context: SecureContextOptions | undefined;
  #server: Server | undefined;

  constructor(options: TlsServerOptions) {
    this.#options = options;
  }

  /** Starts the handshake on a connection whose first bytes were put back into it. */
  handshake(transport: NetSocket, handler: HandshakeHandler): void {
    let server: Server;
    try {
      server = this.#currentServer();
    } catch (cause) {
      // The certificate's files are the operator's and may be unreadable or wrong at any moment; only this handshake fails.
      const reason = cause instanceof Error ? cause.message : String(cause);
      handler.failed(new Error(`the TLS key or certificate cannot be used: ${reason}`, { cause }));
      return;
    }
    const ends = endsOf(transport);
    const settle = (error: Error): void => {
      if (this.#waiting.get(ends) !== handler) return;
      this.#waiting.delete(ends);
      transport.destroy();
      handler.failed(error);
    };
    this.#waiting.set(ends, handler);
    transport.on('error', settle);
    transport.once('close', () => settle(new Error('the connection was closed within the TLS handshake')));
    server.emit('connection', transport);
  }

  #currentServer(): Server {
    const context = this.#options.context();
    if (this.#server === undefined) {
      this.#server = this.#createServer(context);
    } else if (context !== this.#context) {
      this.#server.setSecureContext({ ...context, minVersion: 'TLSv1.2' });
    }
    this.#context = context;
    return this.#server;
  }

  #createServer(context: SecureContextOptions): Server {
    const server = new Server({
      ...context,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      requestCert: this.#options.clientAuth !== 'none',
      rejectUnauthorized: this.#options.clientAuth === 'require',
    });
    server.on('secureConnection', (stream) => this.#secured(stream));
    server.on('tlsClientError', (error, stream) => this.#failed(error, stream));
    return server;
  }

  #secured(stream: TLSSocket): void {
    const handler = this.#take(stream);
    if (handler === undefined) {
      // The peer is gone already; the transport's 'close' settles the handshake.
      stream.destroy();
      return;
    }
    // With 'optional' a client may come without a certificate, but not with one that we do not trust.
    if (this.#options.clientAuth === 'optional' && !stream.authorized && stream.getPeerX509Certificate()) {
      stream.destroy();
      handler.failed(stream.authorizationError ?? new Error("the client's certificate is not trusted"));
      return;
    }
    stream.disableRenegotiation();
    handler.secured(stream);
  }

  #failed(error: Error, stream: TLSSocket): void {
    const handler = this.#take(stream);
    stream.destroy();
    handler?.failed(error);
  }

  #take(stream: TLSSocket): HandshakeHandler | undefined {
    const ends = endsOf(stream);
    const handler = this.#waiting.get(ends);
    this.#waiting.delete(ends);
    return handler;
  }
}

/** What a TLS stream and the connection under it have in common. */
function endsOf(socket: NetSocket): string {
  return `${socket.remoteAddress}|${socket.remotePort}|${socket.localAddress}|${socket.localPort}`;
}
