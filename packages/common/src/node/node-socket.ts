// One connection of the operating system, plain or TLS, behind the port `Socket`.
import type { Socket as NetSocket } from 'node:net';
import type { ProxiedEnds, Socket, SocketHandler } from '../ports/net.js';

/** How long a closed connection may take to send what was queued, without any progress. */
const FLUSH_TIMEOUT_MS = 10_000;
const NOTHING = Buffer.alloc(0);

/** What the caller knows of a connection that a socket does not tell, or no longer tells once its peer is gone. */
export interface NodeSocketOptions {
  readonly encrypted: boolean;
  /** The address of the peer where `stream` is layered over another socket. */
  readonly transport?: NetSocket;
  readonly proxied?: ProxiedEnds | undefined;
}

/**
 * Wraps a connected `net.Socket` or `tls.TLSSocket`. Errors are never thrown;
 * they close the socket and are told to `onClose`. When the peer ends its side
 * the socket sends what is queued and closes.
 */
export class NodeSocket implements Socket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly encrypted: boolean;
  readonly proxied: ProxiedEnds | undefined;
  readonly #stream: NetSocket;
  #handler: SocketHandler | undefined;
  #error: Error | undefined;
  #paused = false;
  #closed = false;
  #awaitingDrain = false;

  constructor(stream: NetSocket, options: NodeSocketOptions) {
    const transport = options.transport ?? stream;
    this.remoteAddress = plainAddress(transport.remoteAddress);
    this.remotePort = transport.remotePort ?? 0;
    this.localAddress = plainAddress(transport.localAddress);
    this.localPort = transport.localPort ?? 0;
    this.encrypted = options.encrypted;
    this.proxied = options.proxied;
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#error ??= error;
      // Most errors come from a stream that destroys itself; a refused renegotiation of TLS does not.
      stream.destroy();
    });
    stream.on('end', () => this.#limitFlush());
    stream.on('close', () => this.#onClose());
  }

  get pendingBytes(): number {
    return this.#stream.writableLength;
  }

  get closed(): boolean {
    return this.#closed;
  }

  start(handler: SocketHandler): void {
    if (this.#handler !== undefined)
      throw new Error(`socket of ${this.remoteAddress}:${this.remotePort} was started twice`);
    this.#handler = handler;
    if (this.#closed) {
      process.nextTick(() => handler.onClose(this.#error));
      return;
    }
    this.#stream.on('data', (chunk: Buffer) => handler.onData(chunk));
    // The stream was paused when its first byte was looked at: a listener alone does not make it flow again.
    if (!this.#paused) this.#stream.resume();
  }

  write(chunk: Uint8Array): void {
    const stream = this.#stream;
    if (!stream.writable) return;
    stream.write(chunk);
    if (stream.writableLength > 0 && !this.#awaitingDrain) this.#awaitDrain();
  }

  writeAll(chunks: readonly Uint8Array[]): void {
    const stream = this.#stream;
    if (!stream.writable) return;
    stream.cork();
    for (const chunk of chunks) stream.write(chunk);
    stream.uncork();
    if (stream.writableLength > 0 && !this.#awaitingDrain) this.#awaitDrain();
  }

  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#handler !== undefined) this.#stream.resume();
  }

  end(): void {
    if (this.#stream.writableEnded) return;
    this.#limitFlush();
    // Data that arrives from now on is of no interest, but must be read for the peer's end to be seen.
    this.#stream.resume();
    this.#stream.end();
  }

  destroy(error?: Error): void {
    this.#error ??= error;
    this.#stream.destroy();
  }

  /**
   * The stream's own 'drain' is not told of when little was queued. An empty
   * write behind the queued ones is: its callback runs when all of them left.
   */
  #awaitDrain(): void {
    this.#awaitingDrain = true;
    this.#stream.write(NOTHING, () => {
      this.#awaitingDrain = false;
      if (this.#stream.destroyed) return;
      if (this.#stream.writableLength > 0) this.#awaitDrain();
      else this.#handler?.onDrain();
    });
  }

  #limitFlush(): void {
    this.#stream.setTimeout(FLUSH_TIMEOUT_MS, () => this.#stream.destroy());
  }

  #onClose(): void {
    this.#closed = true;
    this.#handler?.onClose(this.#error);
  }
}

/** The address without the prefix of an IPv4 address seen through an IPv6 socket. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
