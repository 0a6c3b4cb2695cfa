// One end of a simulated connection, behind the port `Socket`.
import type { Clock, Socket, SocketHandler } from '@rocketmq-ts/common';
import type { MemoryPipe, PipeReader, PipeWriter } from './memory-pipe.js';

/** As `NodeSocket`: a connection that was ended but cannot send is closed after this time. */
const FLUSH_TIMEOUT_MS = 10_000;
/** What is seen of a lent chunk by those who keep it: nothing that could be data. */
const TAKEN_AWAY = 0xdb;

/** The addresses of an end. */
export interface SocketAddresses {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** Made in pairs by `MemoryNetwork`; `attach` gives it its two pipes. */
export class MemorySocket implements Socket, PipeReader, PipeWriter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly encrypted: boolean;
  readonly #clock: Clock;
  #outgoing: MemoryPipe | undefined;
  #incoming: MemoryPipe | undefined;
  #handler: SocketHandler | undefined;
  #error: Error | undefined;
  #paused = false;
  #ending = false;
  #sent = false;
  #peerEnded = false;
  #closed = false;
  #lendsChunks = false;

  constructor(addresses: SocketAddresses, encrypted: boolean, clock: Clock) {
    this.remoteAddress = addresses.remoteAddress;
    this.remotePort = addresses.remotePort;
    this.localAddress = addresses.localAddress;
    this.localPort = addresses.localPort;
    this.encrypted = encrypted;
    this.#clock = clock;
  }

  attach(outgoing: MemoryPipe, incoming: MemoryPipe): void {
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  get pendingBytes(): number {
    return this.#outgoing?.pendingBytes ?? 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get reading(): boolean {
    return !this.#closed && this.#handler !== undefined && (this.#ending || !this.#paused);
  }

  get gone(): boolean {
    return this.#closed;
  }

  start(handler: SocketHandler): void {
    if (this.#handler !== undefined)
      throw new Error(`socket of ${this.remoteAddress}:${this.remotePort} was started twice`);
    this.#handler = handler;
    if (this.#closed) this.#tellClosed();
    else this.#incoming?.pump();
  }

  write(chunk: Uint8Array): void {
    if (!this.#closed && !this.#ending) this.#outgoing?.write(chunk);
  }

  writeAll(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.write(chunk);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#incoming?.pump();
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#clock.setTimer(FLUSH_TIMEOUT_MS, () => this.destroy(), { background: true });
    this.#outgoing?.end();
    this.#incoming?.pump();
  }

  destroy(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error ??= error;
    this.#incoming?.discard();
    this.#outgoing?.abandon();
    if (this.#handler) this.#tellClosed();
  }

  /** The host lost power: nothing is sent, nobody here or there is told. */
  vanish(): void {
    this.#closed = true;
    this.#handler = undefined;
  }

  /** The network broke the connection under this end. */
  reset(): void {
    this.destroy(
      Object.assign(new Error(`${this.remoteAddress}:${this.remotePort} reset the connection`), { code: 'ECONNRESET' }),
    );
  }

  /** From now on what arrives is taken away after `onData`, as its memory is where a real listener lends chunks. */
  lendChunks(): void {
    this.#lendsChunks = true;
  }

  onData(chunk: Buffer): void {
    this.#handler?.onData(chunk);
    if (this.#lendsChunks) chunk.fill(TAKEN_AWAY);
  }

  onEnd(): void {
    this.#peerEnded = true;
    if (this.#sent) this.destroy();
    else this.end();
  }

  onDrain(): void {
    if (!this.#closed) this.#handler?.onDrain();
  }

  onEnded(): void {
    this.#sent = true;
    if (this.#peerEnded) this.destroy();
  }

  onBroken(): void {
    this.reset();
  }

  #tellClosed(): void {
    this.#clock.endOfTurn(() => this.#handler?.onClose(this.#error));
  }
}
