// A network in memory, whose delays and failures a test controls; its hosts are `MemoryNet`s.
import type { Clock } from '@rocketmq-ts/common';
import { LOOPBACK, MemoryNet, type NetworkBetween } from './memory-net.js';
import { MemoryPipe, type PathConditions, type PipeOptions } from './memory-pipe.js';
import { MemorySocket } from './memory-socket.js';
import { SeededRandom } from './seeded-random.js';

const DEFAULT_CONDITIONS: PathConditions = {
  latencyMs: 0,
  bandwidthBytesPerSecond: 0,
  windowBytes: 256 * 1024,
  maxChunkBytes: 0,
};

export interface MemoryNetworkOptions extends Partial<PathConditions> {
  readonly clock: Clock;
  /** For the sizes of chunks. Default: seed 1. */
  readonly random?: SeededRandom;
}

/** Where a connection is to break: see `MemoryNetwork.cutNextConnection`. */
export interface Cut {
  readonly afterBytes: number;
  /** Which bytes are counted. */
  readonly direction: 'toServer' | 'toClient';
}

interface Connection {
  readonly clientHost: MemoryNet;
  readonly serverHost: MemoryNet;
  readonly client: MemorySocket;
  readonly server: MemorySocket;
  readonly pipes: readonly MemoryPipe[];
}

/**
 * Hosts that reach each other over simulated connections. Without latency all
 * happens at ends of turns; with it, only as the clock moves.
 */
export class MemoryNetwork implements NetworkBetween {
  readonly clock: Clock;
  readonly #random: SeededRandom;
  readonly #hosts = new Map<string, MemoryNet>();
  readonly #partitions = new Set<string>();
  readonly #cuts: Cut[] = [];
  #connections: Connection[] = [];
  #conditions: PathConditions;

  constructor(options: MemoryNetworkOptions) {
    const { clock, random, ...conditions } = options;
    this.clock = clock;
    this.#random = random ?? new SeededRandom(1);
    this.#conditions = { ...DEFAULT_CONDITIONS, ...conditions };
  }

  /** The network as the host of this address sees it; made when first asked for. */
  host(address: string): MemoryNet {
    let host = this.#hosts.get(address);
    if (host === undefined) {
      host = new MemoryNet(this, address);
      this.#hosts.set(address, host);
    }
    return host;
  }

  /** The conditions of connections made from now on. */
  get conditions(): PathConditions {
    return this.#conditions;
  }

  setConditions(conditions: Partial<PathConditions>): void {
    this.#conditions = { ...this.#conditions, ...conditions };
  }

  /** Two hosts lose sight of each other: nothing arrives, nobody is told, new connections time out. */
  partition(address: string, other: string): void {
    this.#partitions.add(partitionKey(address, other));
  }

  /** Ends the partition; what was under way arrives. */
  heal(address: string, other: string): void {
    this.#partitions.delete(partitionKey(address, other));
    this.#pumpAll();
  }

  /** The next connection that is made breaks, for both ends, after so many bytes of one direction; further calls are for those after it. */
  cutNextConnection(cut: Cut): void {
    this.#cuts.push(cut);
  }

  /** Breaks all connections between two hosts at once, for both ends. */
  reset(address: string, other: string): void {
    for (const connection of this.#live()) {
      if (partitionKey(connection.clientHost.address, connection.serverHost.address) !== partitionKey(address, other))
        continue;
      connection.client.reset();
      connection.server.reset();
    }
  }

  /** Both ends of a new connection. For `MemoryNet`. */
  connectPair(
    clientHost: MemoryNet,
    serverHost: MemoryNet,
    serverPort: number,
    encrypted: boolean,
  ): [MemorySocket, MemorySocket] {
    const isLocal = clientHost === serverHost;
    const clientEnd = { address: isLocal ? LOOPBACK : clientHost.address, port: clientHost.ephemeralPort() };
    const serverEnd = { address: isLocal ? LOOPBACK : serverHost.address, port: serverPort };
    const client = socketBetween(clientEnd, serverEnd, encrypted, this.clock);
    const server = socketBetween(serverEnd, clientEnd, encrypted, this.clock);
    const cut = this.#cuts.shift();
    const limitOf = (direction: Cut['direction']): PipeOptions['limit'] => {
      if (cut?.direction !== direction) return undefined;
      const reached = (): void => {
        client.reset();
        server.reset();
      };
      return { bytes: cut.afterBytes, reached };
    };
    const shared = {
      clock: this.clock,
      conditions: this.#conditions,
      isBlocked: () => !this.canReach(clientHost, serverHost),
    };
    const toServer = new MemoryPipe({
      ...shared,
      random: this.#random.fork(),
      reader: server,
      writer: client,
      limit: limitOf('toServer'),
    });
    const toClient = new MemoryPipe({
      ...shared,
      random: this.#random.fork(),
      reader: client,
      writer: server,
      limit: limitOf('toClient'),
    });
    client.attach(toServer, toClient);
    server.attach(toClient, toServer);
    this.#connections = [...this.#live(), { clientHost, serverHost, client, server, pipes: [toServer, toClient] }];
    return [client, server];
  }

  /** For `MemoryNet`. */
  canReach(host: MemoryNet, other: MemoryNet): boolean {
    return !host.isDown && !other.isDown && !this.#partitions.has(partitionKey(host.address, other.address));
  }

  /** For `MemoryNet`: the open ends at a host. */
  socketsAt(host: MemoryNet): MemorySocket[] {
    const sockets: MemorySocket[] = [];
    for (const { clientHost, serverHost, client, server } of this.#live()) {
      if (clientHost === host && !client.closed) sockets.push(client);
      if (serverHost === host && !server.closed) sockets.push(server);
    }
    return sockets;
  }

  /** For `MemoryNet`: a host is back. */
  hostIsUp(): void {
    this.#pumpAll();
  }

  #live(): Connection[] {
    return this.#connections.filter(({ client, server }) => !client.closed || !server.closed);
  }

  #pumpAll(): void {
    for (const { pipes } of this.#live()) for (const pipe of pipes) pipe.pump();
  }
}

interface End {
  readonly address: string;
  readonly port: number;
}

function socketBetween(local: End, remote: End, encrypted: boolean, clock: Clock): MemorySocket {
  const addresses = {
    localAddress: local.address,
    localPort: local.port,
    remoteAddress: remote.address,
    remotePort: remote.port,
  };
  return new MemorySocket(addresses, encrypted, clock);
}

function partitionKey(address: string, other: string): string {
  return address < other ? `${address}|${other}` : `${other}|${address}`;
}
