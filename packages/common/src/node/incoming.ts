/** Connections that were accepted and have not shown yet what they are: sent on by a load balancer, encrypted, or plain. */
import type { Socket as NetSocket } from 'node:net';
import type { Logger } from '../logger.js';
import type { ProxiedEnds, Socket, TlsServerOptions } from '../ports/net.js';
import type { LentReads } from './lent-reads.js';
import { NodeSocket, plainAddress } from './node-socket.js';
import { readProxyHeader } from './proxy-header.js';
import { TlsTerminator } from './tls-terminator.js';

const TLS_HANDSHAKE_BYTE = 0x16;
/** The reference closes a connection that is idle this long; here also one that does not show what it is. */
const DECISION_TIMEOUT_MS = 120_000;

export interface IncomingOptions {
  readonly logger: Logger;
  readonly tls?: TlsServerOptions | undefined;
  readonly proxyProtocol: boolean;
  /** Undecided connections at one time; beyond, the oldest is dropped. */
  readonly maxUndecided: number;
  /** Where plain connections are read into, once they are known to be plain; without, in memory of their own. */
  readonly lentReads: LentReads | undefined;
  readonly onConnection: (socket: Socket) => void;
}

/** Looks at the first bytes of connections, and hands on those that are allowed once all before the first frame is done. */
export class Incoming {
  readonly #options: IncomingOptions;
  readonly #terminator: TlsTerminator | undefined;
  /** In the order they came. */
  readonly #undecided = new Set<NetSocket>();

  constructor(options: IncomingOptions) {
    this.#options = options;
    this.#terminator = options.tls && new TlsTerminator(options.tls);
  }

  /** Takes a connection in; a new one is worth more than one that has been silent for long. */
  accept(stream: NetSocket): void {
    const { logger, maxUndecided } = this.#options;
    if (this.#undecided.size >= maxUndecided) this.#dropOldest();
    this.#undecided.add(stream);
    const timer = setTimeout(() => stream.destroy(), DECISION_TIMEOUT_MS);
    timer.unref();
    stream.on('error', (error) => logger.debug('a connection failed before its first bytes', { error }));
    stream.once('close', () => {
      clearTimeout(timer);
      this.#undecided.delete(stream);
    });
    const decided = (bytes: Buffer, ends: ProxiedEnds | undefined): void => {
      clearTimeout(timer);
      this.#decide(stream, bytes, ends);
    };
    if (this.#options.proxyProtocol) this.#readHeader(stream, decided);
    else stream.once('data', (bytes: Buffer) => decided(bytes, undefined));
  }

  /** Drops all that are undecided. */
  close(): void {
    for (const stream of this.#undecided) stream.destroy();
  }

  #dropOldest(): void {
    for (const oldest of this.#undecided) {
      this.#undecided.delete(oldest);
      oldest.destroy();
      return;
    }
  }

  /** Waits for the header of a load balancer, if there is one, and the first bytes behind it. */
  #readHeader(stream: NetSocket, decided: (bytes: Buffer, ends: ProxiedEnds | undefined) => void): void {
    let held: Buffer | undefined;
    stream.on('data', function onData(this: NetSocket, chunk: Buffer) {
      const bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
      const header = readProxyHeader(bytes);
      if (header === 'more') {
        held = bytes;
        return;
      }
      stream.off('data', onData);
      if (header === 'bad') stream.destroy();
      else if (header === 'none') decided(bytes, undefined);
      else if (bytes.length > header.bytes) decided(bytes.subarray(header.bytes), header.ends);
      else stream.once('data', (first: Buffer) => decided(first, header.ends));
    });
  }

  #decide(stream: NetSocket, bytes: Buffer, proxied: ProxiedEnds | undefined): void {
    const { tls, logger, lentReads, onConnection } = this.#options;
    const isTls = bytes[0] === TLS_HANDSHAKE_BYTE;
    if (tls !== undefined && tls.mode === (isTls ? 'disabled' : 'enforcing')) {
      const peer = plainAddress(stream.remoteAddress);
      logger.warn('a connection was refused for its encryption', { peer, isTls, mode: tls.mode });
      stream.destroy();
      return;
    }
    stream.pause();
    if (isTls && this.#terminator !== undefined) {
      stream.unshift(bytes);
      this.#shakeHands(this.#terminator, stream, proxied);
      return;
    }
    this.#undecided.delete(stream);
    const plain = lentReads?.of(stream) ?? stream;
    plain.unshift(bytes);
    onConnection(new NodeSocket(plain, { encrypted: false, proxied }));
  }

  #shakeHands(terminator: TlsTerminator, transport: NetSocket, proxied: ProxiedEnds | undefined): void {
    const { logger, onConnection } = this.#options;
    terminator.handshake(transport, {
      secured: (stream) => {
        this.#undecided.delete(transport);
        onConnection(new NodeSocket(stream, { encrypted: true, transport, proxied }));
      },
      failed: (error) => {
        logger.warn('a TLS handshake failed', { peer: plainAddress(transport.remoteAddress), reason: error.message });
        transport.destroy();
      },
    });
  }
}
