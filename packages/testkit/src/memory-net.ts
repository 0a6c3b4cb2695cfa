// The sockets of one host of a simulated network, behind the port `Net`.
import type { Clock, ConnectOptions, Listener, ListenOptions, Net, Socket } from '@rocketmq-ts/common';
import type { PathConditions } from './memory-pipe.js';
import type { MemorySocket } from './memory-socket.js';

/** The address under which a host reaches itself. */
export const LOOPBACK = '127.0.0.1';
const FIRST_EPHEMERAL_PORT = 40_000;
const LAST_PORT = 65_535;

/** What a host needs of the network between it and the others. */
export interface NetworkBetween {
  readonly clock: Clock;
  readonly conditions: PathConditions;
  host(address: string): MemoryNet;
  canReach(host: MemoryNet, other: MemoryNet): boolean;
  /** Both ends of a new connection. */
  connectPair(client: MemoryNet, server: MemoryNet, port: number, encrypted: boolean): [MemorySocket, MemorySocket];
  /** The open ends at a host. */
  socketsAt(host: MemoryNet): MemorySocket[];
  /** A host is back after a loss of power. */
  hostIsUp(): void;
}

/** The sockets of one simulated host; made by `MemoryNetwork.host`. */
export class MemoryNet implements Net {
  readonly address: string;
  readonly #network: NetworkBetween;
  readonly #listeners = new Map<number, MemoryListener>();
  #nextPort = FIRST_EPHEMERAL_PORT;
  #isDown = false;

  constructor(network: NetworkBetween, address: string) {
    this.#network = network;
    this.address = address;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** TLS is simulated in its outcome only: `Socket.encrypted`, and connections that the modes do not allow. */
  async listen(options: ListenOptions, onConnection: (socket: Socket) => void): Promise<Listener> {
    const port = options.port === 0 ? this.ephemeralPort() : options.port;
    if (this.#listeners.has(port)) {
      throw netError('EADDRINUSE', `cannot listen on ${options.host}:${port}: the port is already in use`);
    }
    const listener = new MemoryListener({ ...options, port }, onConnection, () => this.#listeners.delete(port));
    this.#listeners.set(port, listener);
    return listener;
  }

  connect(options: ConnectOptions): Promise<Socket> {
    const { clock, conditions } = this.#network;
    const isLocal = options.host === LOOPBACK || options.host === 'localhost';
    const target = isLocal ? this : this.#network.host(options.host);
    return new Promise((resolve, reject) => {
      const name = `${options.host}:${options.port}`;
      const timer = clock.setTimer(options.timeoutMs, () => {
        timedOut = true;
        reject(netError('ETIMEDOUT', `no connection to ${name} within ${options.timeoutMs} ms`));
      });
      let timedOut = false;
      const answer = (settle: () => void): void => {
        after(clock, conditions.latencyMs, () => {
          if (timedOut || !this.#network.canReach(this, target)) return;
          timer.cancel();
          settle();
        });
      };
      after(clock, conditions.latencyMs, () => {
        if (timedOut || !this.#network.canReach(this, target)) return;
        const listener = target.#listeners.get(options.port);
        if (listener === undefined) {
          answer(() => reject(netError('ECONNREFUSED', `connection refused by ${name}`)));
        } else if (options.tls && !listener.allowsTls) {
          answer(() => reject(netError('ECONNRESET', `${name} closed the connection within the TLS handshake`)));
        } else {
          const [client, server] = this.#network.connectPair(this, target, options.port, options.tls !== undefined);
          listener.accept(server);
          answer(() => resolve(client));
        }
      });
    });
  }

  /** The process of this host is killed: the system closes its sockets, and peers are told. */
  killProcess(): void {
    this.#listeners.clear();
    for (const socket of this.#network.socketsAt(this)) socket.destroy();
  }

  /** The host loses power: its sockets are gone, and peers are not told until they write after `restart`. */
  powerOff(): void {
    this.#isDown = true;
    this.#listeners.clear();
    for (const socket of this.#network.socketsAt(this)) socket.vanish();
  }

  /** The host is back, with nothing running on it. */
  restart(): void {
    this.#isDown = false;
    this.#network.hostIsUp();
  }

  /** A port that no listener of this host uses. */
  ephemeralPort(): number {
    for (let tries = FIRST_EPHEMERAL_PORT; tries <= LAST_PORT; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_EPHEMERAL_PORT : port + 1;
      if (!this.#listeners.has(port)) return port;
    }
    throw netError('EADDRINUSE', `${this.address} has no free port left`);
  }
}

class MemoryListener implements Listener {
  readonly port: number;
  readonly host: string;
  readonly #options: ListenOptions;
  readonly #onConnection: (socket: Socket) => void;
  readonly #onClose: () => void;

  constructor(options: ListenOptions, onConnection: (socket: Socket) => void, onClose: () => void) {
    this.port = options.port;
    this.host = options.host;
    this.#options = options;
    this.#onConnection = onConnection;
    this.#onClose = onClose;
  }

  get allowsTls(): boolean {
    return this.#options.tls !== undefined && this.#options.tls.mode !== 'disabled';
  }

  accept(socket: MemorySocket): void {
    if (this.#options.lendsChunks === true) socket.lendChunks();
    if (this.#options.tls?.mode === 'enforcing' && !socket.encrypted) socket.destroy();
    else this.#onConnection(socket);
  }

  async close(): Promise<void> {
    this.#onClose();
  }
}

function after(clock: Clock, delayMs: number, callback: () => void): void {
  if (delayMs > 0) clock.setTimer(delayMs, callback);
  else clock.endOfTurn(callback);
}

function netError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
