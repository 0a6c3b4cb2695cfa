/** Listens, owns the connections of one port, and ends those that misbehave. */
import {
  type Clock,
  type Listener,
  type Logger,
  type Net,
  type Socket,
  sleep,
  ThrottledLogger,
  type Timer,
  type TlsServerOptions,
  type Turn,
} from '@rocketmq-ts/common';
import { Connection } from '../connection/connection.js';
import type { ConnectionLimits } from '../connection/connection-limits.js';
import { UnfinishedBudget } from '../connection/frame-cutter.js';
import { LargeFrames } from '../connection/large-frames.js';
import { OutputBudget } from '../connection/output-budget.js';
import { SpareSlabs } from '../connection/spare-slabs.js';
import { SharedTemplates } from '../protocol/header-template.js';
import { CURRENT_VERSION } from '../protocol/mq-version.js';
import type { RemotingCommand } from '../remoting-command.js';
import type { Dispatcher } from './dispatcher.js';

export interface RemotingServerOptions {
  readonly clock: Clock;
  readonly net: Net;
  readonly turn: Turn;
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly tls?: TlsServerOptions | undefined;
  readonly limits?: Partial<RemotingServerLimits>;
  /** A connection is gone, by either side. */
  readonly onConnectionClosed?: (connection: Connection) => void;
  readonly onConnection?: (connection: Connection) => void;
}

export interface RemotingServerLimits {
  readonly maxFrameBytes: number;
  /** Bytes of unfinished frames of all connections together. */
  readonly unfinishedBytes: number;
  readonly outputHighWaterBytes: number;
  /** Bytes that all connections together have not sent yet. */
  readonly pendingOutputBytes: number;
  /** Connections at one time. */
  readonly maxConnections: number;
  /** A connection without traffic for so long is closed (`serverChannelMaxIdleTimeSeconds`). */
  readonly idleMs: number;
  readonly unfinishedMs: number;
  readonly stalledMs: number;
  /** Requests of the server that may wait for one client (`serverAsyncSemaphoreValue`). */
  readonly maxPendingRequests: number;
}

/** The reference's values, and `docs/differences.md` for those it does not have. */
export const DEFAULT_SERVER_LIMITS: RemotingServerLimits = {
  maxFrameBytes: 16 * 1024 * 1024,
  unfinishedBytes: 64 * 1024 * 1024,
  outputHighWaterBytes: 256 * 1024,
  pendingOutputBytes: 128 * 1024 * 1024,
  maxConnections: 30_000,
  idleMs: 120_000,
  unfinishedMs: 30_000,
  stalledMs: 60_000,
  maxPendingRequests: 64,
};

const SWEEP_INTERVAL_MS = 1000;
/** When too much output waits, peers are cut off until so much of the limit is left in use. */
const RELIEF = 0.75;
const STOP_GRACE_MS = 1000;
const STOP_POLL_MS = 10;

export class RemotingServer {
  readonly #options: RemotingServerOptions;
  readonly #limits: RemotingServerLimits;
  readonly #connectionLimits: ConnectionLimits;
  readonly #largeFrames: LargeFrames;
  readonly #output: OutputBudget;
  readonly #connections = new Set<Connection>();
  #listener: Listener | undefined;
  /** Since the last sweep. */
  #refusedConnections = 0;
  #sweep: Timer | undefined;

  constructor(options: RemotingServerOptions) {
    const { clock } = options;
    this.#options = { ...options, logger: new ThrottledLogger(options.logger, () => clock.monotonicMs()) };
    this.#limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
    this.#largeFrames = new LargeFrames(this.#limits);
    this.#output = new OutputBudget(this.#limits.pendingOutputBytes, () => this.#relieve());
    this.#connectionLimits = {
      maxFrameBytes: this.#limits.maxFrameBytes,
      unfinished: new UnfinishedBudget(this.#limits.unfinishedBytes, () => this.#relieveUnfinished()),
      largeFrames: this.#largeFrames,
      output: this.#output,
      spareSlabs: new SpareSlabs(),
      outputHighWaterBytes: this.#limits.outputHighWaterBytes,
      maxPendingRequests: this.#limits.maxPendingRequests,
      templates: new SharedTemplates(),
    };
  }

  /** The port that is listened on; 0 before `start`. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Rejects with `EADDRINUSE` and the port in the text when it is taken. */
  async start(): Promise<void> {
    const { net, host, port, tls, clock } = this.#options;
    const options = { host, port, proxyProtocol: true, lendsChunks: true, ...(tls === undefined ? {} : { tls }) };
    this.#listener = await net.listen(options, (socket) => this.#accept(socket));
    this.#sweep = clock.setRepeating(SWEEP_INTERVAL_MS, () => this.#sweepConnections(), { background: true });
  }

  /** Stops listening and ends all connections, after what is answered already was sent; a peer that does not take it is cut off. */
  async stop(): Promise<void> {
    this.#sweep?.cancel();
    const closed = this.#listener?.close();
    for (const connection of this.#connections) connection.end();
    const { clock } = this.#options;
    for (let waitedMs = 0; this.#connections.size > 0 && waitedMs < STOP_GRACE_MS; waitedMs += STOP_POLL_MS) {
      await sleep(clock, STOP_POLL_MS);
    }
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#limits.maxConnections) {
      this.#refusedConnections++;
      socket.destroy();
      return;
    }
    const { clock, turn, logger, dispatcher } = this.#options;
    const connection = new Connection({
      socket,
      clock,
      turn,
      logger,
      limits: this.#connectionLimits,
      chunksAreLent: true,
      language: 'JAVA',
      version: CURRENT_VERSION,
      onRequest: (from, command: RemotingCommand) => dispatcher.dispatch(from, command),
      onClose: (gone) => {
        this.#connections.delete(gone);
        this.#options.onConnectionClosed?.(gone);
      },
    });
    this.#connections.add(connection);
    this.#options.onConnection?.(connection);
    connection.start();
  }

  /** Cuts those off who have not taken what waits for them for longest. */
  #relieve(): void {
    const owing = [...this.#connections]
      .filter(({ traffic: { debt } }) => debt.bytes > 0)
      .sort(({ traffic: { debt: a } }, { traffic: { debt: b } }) => a.sinceMs - b.sinceMs || b.bytes - a.bytes);
    for (const connection of owing) {
      const { bytes } = connection.traffic.debt;
      if (this.#output.usedBytes <= this.#output.limitBytes * RELIEF) return;
      connection.cutOff(`${this.#output.usedBytes} bytes wait for all peers, ${bytes} of them for this one`);
    }
  }

  /** Cuts those off whose frames are unfinished for longest; the one that is sending now when it is its turn, by its own hand. */
  #relieveUnfinished(): void {
    const budget = this.#connectionLimits.unfinished;
    const waiting = [...this.#connections]
      .filter(({ traffic }) => traffic.receiving || traffic.unfinishedSinceMs < Number.POSITIVE_INFINITY)
      .sort(({ traffic: a }, { traffic: b }) => (a.unfinishedSinceMs < b.unfinishedSinceMs ? -1 : 1));
    for (const connection of waiting) {
      if (connection.traffic.receiving || budget.usedBytes <= budget.limitBytes * RELIEF) return;
      connection.cutOff(`${budget.usedBytes} bytes of unfinished frames wait`);
    }
  }

  #sweepConnections(): void {
    if (this.#refusedConnections > 0) {
      const limit = this.#limits.maxConnections;
      this.#options.logger.warn('connections above the limit were closed', { limit, closed: this.#refusedConnections });
      this.#refusedConnections = 0;
    }
    const nowMs = this.#options.clock.now();
    for (const connection of this.#connections) connection.sweep(this.#limits, nowMs);
    this.#largeFrames.trim();
  }
}
