// Opens connections: TCP, through a SOCKS 5 proxy where there is one, with TLS where asked for.
import { connect as connectPlain, type Socket as NetSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectOptions, Socket } from '../ports/net.js';
import { NodeSocket } from './node-socket.js';
import { Socks5Handshake } from './socks5.js';

/** The steps to a connection, under one time limit. Rejects with the system's code where it has one. */
export async function openConnection(options: ConnectOptions): Promise<Socket> {
  const { host, port, timeoutMs, tls, proxy } = options;
  const attempt = new Attempt(`${host}:${port}`, timeoutMs);
  try {
    const transport = attempt.use(connectPlain({ host: proxy?.host ?? host, port: proxy?.port ?? port }));
    transport.setNoDelay(true);
    transport.setKeepAlive(true);
    await attempt.until(transport, 'connect');
    if (proxy !== undefined) await attempt.shakeHands(transport, new Socks5Handshake(proxy, { host, port }));
    if (tls === undefined) return new NodeSocket(attempt.finished(transport), { encrypted: false });
    const stream = attempt.use(
      connectTls({
        ...tls.context,
        host,
        socket: transport,
        minVersion: 'TLSv1.2',
        rejectUnauthorized: tls.verify,
        checkServerIdentity: () => undefined,
      }),
    );
    await attempt.until(stream, 'secureConnect');
    return new NodeSocket(attempt.finished(stream), { encrypted: true, transport });
  } catch (error) {
    attempt.abandon();
    throw error;
  } finally {
    attempt.end();
  }
}

/** One try: whatever of it fails or takes too long ends all of it. */
class Attempt {
  readonly #target: string;
  readonly #timer: NodeJS.Timeout;
  readonly #streams: NetSocket[] = [];
  #late: Error | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(target: string, timeoutMs: number) {
    this.#target = target;
    this.#timer = setTimeout(() => {
      const error = new Error(`no connection to ${target} within ${timeoutMs} ms`);
      this.#late = Object.assign(error, { code: 'ETIMEDOUT' });
      this.#fail?.(this.#late);
    }, timeoutMs);
  }

  use<S extends NetSocket>(stream: S): S {
    // An error between two steps, or after the last, destroys the stream: that is looked at.
    stream.on('error', () => undefined);
    this.#streams.push(stream);
    return stream;
  }

  /** Resolves with the event. */
  until(stream: NetSocket, event: string): Promise<void> {
    return this.#step(stream, event, (done) => done());
  }

  async shakeHands(stream: NetSocket, handshake: Socks5Handshake): Promise<void> {
    stream.write(handshake.greeting());
    await this.#step<Buffer>(stream, 'data', (done, chunk) => {
      const { say, rest } = handshake.take(chunk);
      if (say !== undefined) stream.write(say);
      if (rest === undefined) return;
      stream.pause();
      if (rest.length > 0) stream.unshift(rest);
      done();
    });
  }

  /** The stream as the connection's owner gets it. */
  finished(stream: NetSocket): NetSocket {
    if (stream.destroyed) throw this.#closedAtOnce();
    return stream;
  }

  /** Nothing is kept of it. */
  abandon(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** Goes on with each event until `take` says that it is done; an error or the end of the stream is a failure. */
  #step<A>(stream: NetSocket, event: string, take: (done: () => void, argument: A) => void): Promise<void> {
    if (this.#late !== undefined) return Promise.reject(this.#late);
    if (stream.destroyed) return Promise.reject(this.#closedAtOnce());
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        this.#fail = undefined;
        stream.off(event, onEvent);
        stream.off('error', settle);
        stream.off('close', onClose);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onEvent = (argument: A): void => {
        try {
          take(() => settle(), argument);
        } catch (error) {
          settle(error as Error);
        }
      };
      const onClose = (): void => settle(this.#closedAtOnce());
      this.#fail = settle;
      stream.on(event, onEvent);
      stream.on('error', settle);
      stream.on('close', onClose);
    });
  }

  #closedAtOnce(): Error {
    return Object.assign(new Error(`${this.#target} closed the connection at once`), { code: 'ECONNRESET' });
  }
}
