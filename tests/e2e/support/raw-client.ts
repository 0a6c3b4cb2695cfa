// A remoting client on a bare socket: pipelines, sends any bytes, stops reading when told to.
import { connect, type Socket } from 'node:net';
import { type Answer, encodeRequest, FrameReader, isResponse, type Request } from './frame.js';

const CONNECT_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 10_000;

interface Waiting {
  answered(answer: Answer): void;
  failed(error: Error): void;
}

/** One connection. Every request sent with `call` is answered, refused by a close, or runs into its time-out. */
export class RawClient {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  #nextOpaque = 1;
  #isClosed = false;
  #receivedBytes = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => undefined); // a close follows
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        const error = new Error('the server closed the connection');
        for (const { failed } of this.#waiting.values()) failed(error);
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Connects on the loopback interface. */
  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      const timer = setTimeout(() => socket.destroy(new Error(`no connection to port ${port}`)), CONNECT_TIMEOUT_MS);
      socket.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('error');
        resolve(new RawClient(socket));
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Requests without an answer. */
  get outstanding(): number {
    return this.#waiting.size;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Our bytes that the server has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Sends a request and waits for its answer; rejects when the connection closes or the time is over. */
  call(request: Request, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(opaque);
        reject(new Error(`request ${request.code} (opaque ${opaque}) was not answered within ${timeoutMs} ms`));
      }, timeoutMs);
      const opaque = this.send(request, {
        answered: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        failed: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  /** Sends a request; without a promise or a timer, for load. */
  send(request: Request, waiting: Waiting): number {
    const opaque = this.takeOpaque();
    this.expect(opaque, waiting);
    this.#socket.write(encodeRequest(request, opaque));
    return opaque;
  }

  takeOpaque(): number {
    return this.#nextOpaque++;
  }

  /** Who hears of the answer with this opaque. */
  expect(opaque: number, waiting: Waiting): void {
    if (this.#isClosed) waiting.failed(new Error('the connection is closed'));
    else this.#waiting.set(opaque, waiting);
  }

  /** Sends bytes as they are; settles when the operating system has them or the connection is gone. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed || !this.#socket.writable) resolve();
      else this.#socket.write(bytes, () => resolve());
    });
  }

  /** Reads nothing from now on. */
  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Ends the connection from our side, at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Whether the server closes the connection in this time. */
  async closes(withinMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.closed, timeout]);
    clearTimeout(timer);
    return this.#isClosed;
  }

  #onData(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    for (const answer of this.#reader.push(chunk)) {
      if (!isResponse(answer)) continue;
      const waiting = this.#waiting.get(answer.opaque);
      this.#waiting.delete(answer.opaque);
      waiting?.answered(answer);
    }
  }
}
