// A TCP proxy between clients and a server that does what bad networks do, when it is told to.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One client's connection and the one behind it. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes were swallowed: nothing passes any more, whatever comes. */
  dead: boolean;
}

/** How bytes are passed on. */
export type Behaviour =
  /** As they come. */
  | { readonly kind: 'pass' }
  /** What is sent is swallowed for good, in both directions, and nobody is told: only new connections work afterwards. */
  | { readonly kind: 'blackhole' }
  /** Nothing is read: what is sent piles up where it is sent. */
  | { readonly kind: 'stall' }
  /** Later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The connection is reset after so many more bytes of the server, in the middle of a frame. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly times: number };

/** Listens on a port of its own, on the loopback interface. */
export class HostileProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #target: { readonly port: number };
  #behaviour: Behaviour = { kind: 'pass' };
  #cuts = 0;
  #untilCut = 0;
  #bytesFromServer = 0;

  private constructor(port: number) {
    this.#target = { port };
    this.#listener = createServer((client) => this.#join(client));
  }

  /** Starts a proxy for a server on this port; `port` is where the proxy listens, any if absent. */
  static async start(target: number, port = 0): Promise<HostileProxy> {
    const proxy = new HostileProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#listener.once('error', reject);
      proxy.#listener.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Connections that were cut so far. */
  get cuts(): number {
    return this.#cuts;
  }

  /** All that servers have sent so far. */
  get bytesFromServer(): number {
    return this.#bytesFromServer;
  }

  /** From now on, for the connections that are there too. */
  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    this.#cuts = 0;
    if (behaviour.kind === 'cut') this.#untilCut = behaviour.afterBytes;
    for (const pair of this.#pairs) this.#flow(pair);
  }

  /** New connections go to another server; the old ones are reset. */
  moveTo(port: number): void {
    this.#target = { port };
    this.resetAll();
  }

  /** Resets all connections. */
  resetAll(): void {
    for (const pair of [...this.#pairs]) this.#end(pair);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    this.resetAll();
    await closed;
  }

  #join(client: Socket): void {
    const pair = { client, server: connect(this.#target.port, '127.0.0.1'), dead: false };
    this.#pairs.add(pair);
    for (const socket of [pair.client, pair.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#end(pair)); // the other side is told by the reset
      socket.on('close', () => this.#end(pair));
    }
    client.on('data', (chunk) => this.#pass(pair, pair.server, chunk));
    pair.server.on('data', (chunk) => this.#fromServer(pair, chunk));
    this.#flow(pair);
  }

  #flow({ client, server }: Pair): void {
    for (const socket of [client, server]) {
      if (this.#behaviour.kind === 'stall') socket.pause();
      else if (socket.isPaused()) socket.resume();
    }
  }

  #fromServer(pair: Pair, chunk: Buffer): void {
    this.#bytesFromServer += chunk.length;
    const behaviour = this.#behaviour;
    if (behaviour.kind !== 'cut' || this.#cuts >= behaviour.times) {
      this.#pass(pair, pair.client, chunk);
      return;
    }
    if (chunk.length < this.#untilCut) {
      this.#untilCut -= chunk.length;
      pair.client.write(chunk);
      return;
    }
    this.#cuts++;
    pair.client.write(chunk.subarray(0, this.#untilCut), () => this.#end(pair));
    this.#untilCut = behaviour.afterBytes;
  }

  #pass(pair: Pair, to: Socket, chunk: Buffer): void {
    const behaviour = this.#behaviour;
    pair.dead ||= behaviour.kind === 'blackhole';
    if (pair.dead) return;
    if (behaviour.kind === 'delay') setTimeout(() => to.writable && to.write(chunk), behaviour.delayMs).unref();
    else if (to.writable) to.write(chunk);
  }

  #end(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  }
}
