/** One remoting connection, the same at both ends: bytes to commands, commands to bytes, answers to those who wait for them. */
import { type Clock, HostAddress, type Logger, type Socket, type Turn } from '@rocketmq-ts/common';
import { RemotingDecodeError, RemotingSendRequestError } from '../errors.js';
import { HeaderTemplates } from '../protocol/header-template.js';
import { CommandFlag, type RemotingCommand, SerializeType } from '../remoting-command.js';
import type { ConnectionLimits } from './connection-limits.js';
import { FrameCutter } from './frame-cutter.js';
import { decodeCommand } from './header-codec.js';
import type { CommandHead } from './header-encoder.js';
import { mayBeLent } from './large-frames.js';
import { Outbox } from './outbox.js';
import type { OutgoingContent, OutgoingRequest, OutgoingResponse } from './outgoing.js';
import { peerNameOf } from './peer-name.js';
import { PendingRequests, type ResponseCallback } from './pending-requests.js';
import { type TrafficLimits, type TrafficState, TrafficWatch } from './traffic-watch.js';

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: ConnectionLimits;
  readonly logger: Logger;
  /** What errors call the peer. Default: its address. */
  readonly peerName?: string;
  /** What our side is called in the frames we send. */
  readonly language: string;
  readonly version: number;
  /** What arrives is valid only while it is handled (`ListenOptions.lendsChunks`). Default: false. */
  readonly chunksAreLent?: boolean;
  /** Takes the requests of the peer. */
  onRequest(connection: Connection, command: RemotingCommand): void;
  onClose(connection: Connection, error: Error | undefined): void;
}

/** A connection that wrote nothing for so long gives its output buffer back. */
const QUIET_MS = 1000;
/** What is gathered is sent at the end of the turn, or at once when it is so much that gathering more gains nothing. */
const EARLY_FLUSH_BYTES = 128 * 1024;

/** Source: NettyRemotingAbstract, as far as one channel goes. */
export class Connection {
  /** `host:port` of the peer, or of whom a load balancer names in its place. */
  readonly remoteAddress: string;
  /** What the peer was called by, which may be a name or lie behind a proxy; of callers their address. */
  readonly peerName: string;
  /** What the headers of the peer's requests look like. */
  readonly templates: HeaderTemplates;
  readonly #options: ConnectionOptions;
  readonly #cutter: FrameCutter;
  readonly #outbox: Outbox;
  readonly #pending: PendingRequests;
  readonly #flush = (): void => this.#flushOutbox();
  #flushScheduled = false;
  #nextOpaque = 0;
  #remoteHost: HostAddress | undefined;
  readonly #traffic: TrafficWatch;
  #closed = false;
  #cutOff = false;

  constructor(options: ConnectionOptions) {
    const { socket, clock, limits, chunksAreLent } = options;
    const { largeFrames, spareSlabs } = limits;
    this.#options = options;
    this.#outbox = new Outbox(largeFrames, spareSlabs);
    this.remoteAddress = peerNameOf(socket);
    this.templates = new HeaderTemplates(limits.templates);
    this.#traffic = new TrafficWatch(clock.now(), limits.output);
    this.peerName = options.peerName ?? this.remoteAddress;
    this.#pending = new PendingRequests({ clock, address: this.peerName, limit: limits.maxPendingRequests });
    this.#cutter = new FrameCutter({
      maxFrameBytes: limits.maxFrameBytes,
      budget: limits.unfinished,
      sink: (chunk, start, end) => this.#onCommand(decodeCommand(chunk, start, end, this.templates)),
      large: largeFrames && { frames: largeFrames, sink: (frame) => this.#onCommand(largeFrames.receive(frame)) },
      chunksAreLent,
      mayCut: () => !this.#traffic.isPaused,
    });
  }

  /** Starts to read. Separate from construction, so that the owner can register the connection first. */
  start(): void {
    this.#options.socket.start({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => this.#onDrain(),
      onClose: (error) => this.#onClose(error),
    });
  }

  get socket(): Socket {
    return this.#options.socket;
  }

  /** The peer as messages name it. */
  get remoteHost(): HostAddress {
    const { remoteAddress, remotePort } = this.#options.socket;
    this.#remoteHost ??= HostAddress.of(remoteAddress, remotePort);
    return this.#remoteHost;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes for the peer that the operating system has not taken yet. */
  get pendingOutputBytes(): number {
    return this.#outbox.bytes + this.#options.socket.pendingBytes;
  }

  /** What it takes of the budgets of the server, and since when. */
  get traffic(): TrafficState {
    return this.#traffic;
  }

  /** How long ago the peer was last heard of. */
  get silentMs(): number {
    return this.#options.clock.now() - this.#traffic.lastReadMs;
  }

  /** Requests of ours without an answer yet. */
  get pendingRequests(): number {
    return this.#pending.size;
  }

  /**
   * Sends a request; `callback` is called exactly once. Returns the opaque, for `forget`.
   *
   * @throws RemotingTooMuchRequestError at the limit of pending requests.
   * @throws RemotingSendRequestError when the connection is closed.
   */
  request(request: OutgoingRequest, timeoutMs: number, callback: ResponseCallback): number {
    if (this.#closed) throw new RemotingSendRequestError(this.remoteAddress, 'the connection is closed');
    const opaque = this.#takeOpaque();
    this.#pending.add(opaque, { callback, timeoutMs, name: request.name });
    this.#send(
      this.#requestHead(request, opaque, CommandFlag.REQUEST),
      request,
      request.serializeType ?? SerializeType.JSON,
    );
    return opaque;
  }

  /** Sends a request that gets no answer; it is dropped silently when the connection is closed. */
  oneway(request: OutgoingRequest): void {
    if (this.#closed) return;
    const head = this.#requestHead(request, this.#takeOpaque(), CommandFlag.ONEWAY);
    this.#send(head, request, request.serializeType ?? SerializeType.JSON);
  }

  /** Gives up waiting for the answer to a request; its callback is not called. */
  forget(opaque: number): void {
    this.#pending.forget(opaque);
  }

  /** Answers a request of the peer in the serialization of the request. */
  respond(request: RemotingCommand, response: OutgoingResponse): void {
    if (this.#closed) return;
    const { language, version } = this.#options;
    const head: CommandHead = {
      code: response.code,
      opaque: request.opaque,
      flag: CommandFlag.RESPONSE,
      language,
      version,
      remark: response.remark,
    };
    this.#send(head, response, request.serializeType);
  }

  /** The body of a request of the peer is not looked at any more. */
  release({ body }: RemotingCommand): void {
    if (mayBeLent(body)) this.#options.limits.largeFrames?.giveBack(body);
  }

  /** Sends what is gathered, then closes. */
  end(): void {
    this.#outbox.flush(this.#options.socket);
    this.#options.socket.end();
  }

  /** Closes at once. */
  destroy(error?: Error): void {
    this.#options.socket.destroy(error);
  }

  /**
   * Ends the connection if the peer keeps a frame unfinished, does not take
   * what we send, or says nothing at all for too long; called now and then.
   */
  sweep(limits: TrafficLimits, nowMs: number): void {
    // No object is made: thousands of connections are swept each second, and an idle server should leave no garbage.
    const reason = this.#traffic.reasonToEnd(nowMs, this.#options.socket.pendingBytes, limits);
    if (reason !== undefined) this.cutOff(reason);
    else if (nowMs - this.#traffic.lastWriteMs > QUIET_MS) {
      this.#outbox.release();
      this.templates.release();
    }
  }

  /** Closes at once, and frees what waits for the peer. */
  cutOff(reason: string): void {
    this.#options.logger.info('connection ended', { peer: this.remoteAddress, reason });
    this.#cutOff = true;
    this.#traffic.owe(0);
    this.#cutter.close();
    this.destroy();
  }

  #takeOpaque(): number {
    const opaque = this.#nextOpaque;
    this.#nextOpaque = (opaque + 1) & 0x7fffffff;
    return opaque;
  }

  #requestHead(request: OutgoingRequest, opaque: number, flag: number): CommandHead {
    const { code, language = this.#options.language, remark } = request;
    return { code, opaque, flag, language, version: this.#options.version, remark };
  }

  #send(head: CommandHead, content: OutgoingContent, serializeType: SerializeType): void {
    this.#outbox.add(serializeType, head, content);
    // The peer may begin with the first of large answers while the others are made.
    if (this.#outbox.bytes >= EARLY_FLUSH_BYTES) this.#writeOut();
    else this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#options.turn.output(this.#flush);
  }

  #flushOutbox(): void {
    this.#flushScheduled = false;
    this.#writeOut();
  }

  #writeOut(): void {
    if (this.#closed || this.#cutOff) return;
    const { socket, clock, limits } = this.#options;
    this.#outbox.flush(socket);
    this.#traffic.lastWriteMs = clock.now();
    const { pendingBytes } = socket;
    if (!this.#traffic.isPaused && pendingBytes > limits.outputHighWaterBytes) this.#pause();
    if (pendingBytes !== this.#traffic.debt.bytes) this.#traffic.owe(pendingBytes);
  }

  #pause(): void {
    this.#traffic.isPaused = true;
    this.#options.socket.pause();
  }

  #onDrain(): void {
    this.#traffic.owe(this.#options.socket.pendingBytes);
    this.#outbox.settle(this.#options.socket);
    if (!this.#traffic.isPaused || this.#closed || this.#cutOff) return;
    this.#traffic.isPaused = false;
    this.#guard(() => this.#cutter.resume());
    if (!this.#traffic.isPaused) this.#options.socket.resume();
  }

  #onData(chunk: Buffer): void {
    if (this.#closed || this.#cutOff) return;
    this.#traffic.lastReadMs = this.#options.clock.now();
    this.#guard(() => this.#cutter.push(chunk));
    this.#traffic.unfinished(this.#cutter.hasUnfinished);
  }

  #guard(cut: () => void): void {
    this.#traffic.receiving = true;
    try {
      cut();
    } catch (error) {
      if (!(error instanceof RemotingDecodeError)) throw error;
      this.#options.logger.warn('unreadable frame, connection closed', {
        peer: this.remoteAddress,
        reason: error.message.slice(0, 120),
      });
      this.destroy();
    } finally {
      this.#traffic.receiving = false;
    }
  }

  #onCommand(command: RemotingCommand): void {
    this.#traffic.unfinished(false);
    if (command.isResponse) this.#pending.complete(this.#options.chunksAreLent === true ? command.kept() : command);
    else this.#options.onRequest(this, command);
  }

  #onClose(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cutter.close();
    this.#outbox.settle(this.#options.socket);
    this.#traffic.owe(0);
    const why = 'the connection was lost before the answer came';
    this.#pending.failAll(new RemotingSendRequestError(this.peerName, why, error && { cause: error }));
    this.#options.onClose(this, error);
  }
}
