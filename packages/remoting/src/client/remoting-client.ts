/** Requests to any number of servers: one shared connection per address, made when needed. */
import type { Net } from '@rocketmq-ts/common';
import { Connection, type ConnectionOptions } from '../connection/connection.js';
import { UnfinishedBudget } from '../connection/frame-cutter.js';
import type { BodyParts, OutgoingRequest } from '../connection/outgoing.js';
import { RemotingConnectError, type RemotingError, RemotingTimeoutError } from '../errors.js';
import { codecOf } from '../protocol/codecs.js';
import type { HeaderCodec } from '../protocol/header-codec.js';
import type { CommandDeclaration, Header, HeaderInit, HeaderSchema } from '../protocol/header-schema.js';
import { CURRENT_VERSION } from '../protocol/mq-version.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { ExtFields, RemotingCommand } from '../remoting-command.js';
import { parseAddress } from './address.js';
import { ConnectBackoff } from './connect-backoff.js';
import { hasRoom, roomIn } from './oneway-room.js';
import type { InvokeOptions, RemotingClientOptions, RequestSigner } from './remoting-client-options.js';
import { RemotingResponse } from './remoting-response.js';

interface Slot {
  connection: Connection | undefined;
  connecting: Promise<Connection> | undefined;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 3000;
const DEFAULT_MAX_PENDING = 65_535;
const SWEEP_INTERVAL_MS = 1000;
const UNFINISHED_MS = 60_000;

export class RemotingClient {
  readonly #options: RemotingClientOptions;
  readonly #limits: ConnectionOptions['limits'];
  readonly #slots = new Map<string, Slot>();
  readonly #open = new Set<Connection>();
  readonly #sweep;
  readonly #backoff: ConnectBackoff | undefined;
  #closed = false;

  constructor(options: RemotingClientOptions) {
    const { clock, random } = options;
    this.#options = options;
    this.#backoff = random === undefined ? undefined : new ConnectBackoff(clock, random);
    const maxFrameBytes = options.maxFrameBytes ?? 16 * 1024 * 1024;
    this.#limits = {
      maxFrameBytes,
      unfinished: new UnfinishedBudget(Number.MAX_SAFE_INTEGER),
      outputHighWaterBytes: Number.MAX_SAFE_INTEGER,
      maxPendingRequests: options.maxPendingRequests ?? DEFAULT_MAX_PENDING,
    };
    this.#sweep = options.clock.setRepeating(SWEEP_INTERVAL_MS, () => this.#sweepConnections(), { background: true });
  }

  /** The addresses with a living connection. */
  get connectedAddresses(): string[] {
    return [...this.#slots].filter(([, slot]) => slot.connection !== undefined).map(([address]) => address);
  }

  /**
   * Sends a request and waits for its answer, of any code.
   *
   * @throws RemotingConnectError, RemotingSendRequestError, RemotingTimeoutError, RemotingTooMuchRequestError; the signal's reason when aborted.
   */
  async invoke<Q extends HeaderSchema | undefined, A extends HeaderSchema | undefined>(
    address: string,
    command: CommandDeclaration<Q, A>,
    header: HeaderInit<Q>,
    options: InvokeOptions,
  ): Promise<RemotingResponse<Header<A>>> {
    const deadlineMs = this.#options.clock.monotonicMs() + options.timeoutMs;
    const request = this.#outgoing(command, header, options);
    let response = await this.#exchange(address, request, deadlineMs, options);
    if (response.code === ResponseCode.GO_AWAY) {
      // The server is about to stop or move: a fresh connection, and once more.
      this.#retire(address);
      response = await this.#exchange(address, request, deadlineMs, options);
    }
    const codec = command.response === undefined ? undefined : codecOf(command.response);
    return new RemotingResponse<Header<A>>(address, response, codec);
  }

  /**
   * Sends a request that gets no answer; resolves when it was handed to the
   * connection, which is not before the peer takes what was sent to it.
   *
   * @throws RemotingConnectError; RemotingTooMuchRequestError when the peer takes nothing for so long
   */
  async oneway<Q extends HeaderSchema | undefined>(
    address: string,
    command: CommandDeclaration<Q, HeaderSchema | undefined>,
    header: HeaderInit<Q>,
    options: InvokeOptions,
  ): Promise<void> {
    const connection = await this.#connection(address, options.timeoutMs);
    if (!hasRoom(connection)) await roomIn(connection, this.#options.clock, options.timeoutMs);
    connection.oneway(this.#outgoing(command, header, options));
  }

  /** Closes the connection to an address, if there is one. */
  closeConnection(address: string): void {
    this.#slots.get(address)?.connection?.destroy();
  }

  /**
   * Closes the connection to an address if nothing has come from there for so
   * long: for whoever has waited in vain for an answer, as a link that swallows everything looks open.
   */
  closeIfSilent(address: string, silentMs: number): void {
    const connection = this.#slots.get(address)?.connection;
    if (connection !== undefined && connection.silentMs >= silentMs) connection.destroy();
  }

  /** Closes all connections; requests that wait fail. */
  close(): void {
    this.#closed = true;
    this.#sweep.cancel();
    for (const connection of this.#open) connection.end();
    for (const connection of this.#open) connection.destroy();
    this.#slots.clear();
  }

  #outgoing(command: CommandDeclaration, header: unknown, options: InvokeOptions): OutgoingRequest {
    const { body, ext, remark, language } = options;
    const codec = command.request === undefined ? undefined : codecOf(command.request);
    const { signer, serializeType } = this.#options;
    const further = signer === undefined ? ext : this.#sign(signer, { codec, header, code: command.code, ext, body });
    return {
      code: command.code,
      name: command.name,
      codec,
      values: header,
      ext: further,
      remark,
      body,
      language,
      // Codes that do not fit the binary header's 16 bits travel as JSON.
      ...(serializeType !== undefined && command.code <= 0x7fff ? { serializeType } : {}),
    };
  }

  #sign(
    signer: RequestSigner,
    request: {
      codec: HeaderCodec<unknown> | undefined;
      header: unknown;
      code: number;
      ext: ExtFields | undefined;
      body: BodyParts;
    },
  ): ExtFields | undefined {
    const declared = request.codec?.toExt(request.header);
    const signed = signer({ code: request.code, ext: { ...declared, ...request.ext }, body: request.body });
    return signed === undefined ? request.ext : { ...request.ext, ...signed };
  }

  async #exchange(
    address: string,
    request: OutgoingRequest,
    deadlineMs: number,
    options: InvokeOptions,
  ): Promise<RemotingCommand> {
    options.signal?.throwIfAborted();
    const slot = this.#slots.get(address);
    const connection =
      slot?.connection ??
      (await this.#connection(address, Math.max(1, deadlineMs - this.#options.clock.monotonicMs())));
    const remainingMs = deadlineMs - this.#options.clock.monotonicMs();
    if (remainingMs <= 0) throw new RemotingTimeoutError(address, options.timeoutMs, request.name);
    return new Promise((resolve, reject) => {
      const { signal } = options;
      let opaque = -1;
      const onAbort = (): void => {
        connection.forget(opaque);
        reject(signal?.reason);
      };
      const done = (error: RemotingError | undefined, response: RemotingCommand | undefined): void => {
        signal?.removeEventListener('abort', onAbort);
        if (response !== undefined) resolve(response);
        else reject(error);
      };
      opaque = connection.request(request, remainingMs, done);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #connection(address: string, timeoutMs: number): Promise<Connection> {
    if (this.#closed)
      return Promise.reject(new RemotingConnectError(address, { cause: new Error('the client is closed') }));
    let slot = this.#slots.get(address);
    if (slot === undefined) {
      slot = { connection: undefined, connecting: undefined };
      this.#slots.set(address, slot);
    }
    if (slot.connection !== undefined) return Promise.resolve(slot.connection);
    const failure = slot.connecting === undefined ? this.#backoff?.blockedBy(address) : undefined;
    if (failure !== undefined) return Promise.reject(new RemotingConnectError(address, { cause: failure }));
    slot.connecting ??= this.#connect(address, slot, timeoutMs);
    return slot.connecting;
  }

  async #connect(address: string, slot: Slot, timeoutMs: number): Promise<Connection> {
    const { net, tls, proxyFor, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = this.#options;
    try {
      const { host, port } = parseAddress(address);
      const proxy = proxyFor?.(host);
      const socket = await net.connect({
        ...{ host, port, timeoutMs: Math.min(connectTimeoutMs, timeoutMs) },
        ...(tls === undefined ? {} : { tls }),
        ...(proxy === undefined ? {} : { proxy }),
      });
      if (this.#closed) {
        socket.destroy();
        throw new Error('the client is closed');
      }
      const connection = this.#adopt(address, slot, socket);
      this.#backoff?.succeeded(address);
      this.#options.onConnectionOpened?.(address);
      return connection;
    } catch (error) {
      this.#backoff?.failed(address, error);
      throw new RemotingConnectError(address, { cause: error });
    } finally {
      slot.connecting = undefined;
    }
  }

  #adopt(address: string, slot: Slot, socket: Awaited<ReturnType<Net['connect']>>): Connection {
    const { clock, turn, logger, dispatcher, language = 'NODE_JS', version = CURRENT_VERSION } = this.#options;
    const connection = new Connection({
      socket,
      clock,
      turn,
      logger,
      limits: this.#limits,
      peerName: address,
      language,
      version,
      onRequest: (from, command) => dispatcher?.dispatch(from, command),
      onClose: (gone, error) => {
        this.#open.delete(gone);
        if (slot.connection === gone) slot.connection = undefined;
        if (slot.connecting === undefined && this.#slots.get(address) === slot && slot.connection === undefined) {
          this.#slots.delete(address);
        }
        this.#options.onConnectionClosed?.(address, error);
      },
    });
    slot.connection = connection;
    this.#open.add(connection);
    connection.start();
    return connection;
  }

  /** No new requests on this connection; it is closed once its own have been answered (see the sweep). */
  #retire(address: string): void {
    const slot = this.#slots.get(address);
    if (slot !== undefined) slot.connection = undefined;
  }

  #sweepConnections(): void {
    const idleMs = this.#options.idleMs ?? 120_000;
    const nowMs = this.#options.clock.now();
    const current = new Set([...this.#slots.values()].map((slot) => slot.connection));
    for (const connection of this.#open) {
      if (!current.has(connection) && connection.pendingRequests === 0) connection.end();
      else connection.sweep({ idleMs, unfinishedMs: UNFINISHED_MS, stalledMs: UNFINISHED_MS }, nowMs);
    }
  }
}
