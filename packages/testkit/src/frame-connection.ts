/** A connection over which a test sends frames that it has made by hand: whole ones, parts, or nonsense. */
import type { Socket } from '@rocketmq-ts/common';

const LENGTH_BYTES = 4;

/**
 * Sends bytes as they are, and gives the answers, one at a time. A frame is a length of four bytes and so many bytes
 * more; `answerIn` reads an answer out of a whole frame, or says that it is none.
 */
export class FrameConnection<T> {
  readonly #socket: Socket;
  readonly #answerIn: (frame: Buffer) => T | undefined;
  #received: Buffer = Buffer.alloc(0);
  #waiting: ((answer: T) => void) | undefined;
  closed = false;

  constructor(socket: Socket, answerIn: (frame: Buffer) => T | undefined) {
    this.#socket = socket;
    this.#answerIn = answerIn;
    socket.start({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => {},
      onClose: () => {
        this.closed = true;
      },
    });
  }

  send(frame: Uint8Array): void {
    this.#socket.write(frame);
  }

  ask(frame: Uint8Array): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(frame);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= LENGTH_BYTES) {
      const end = this.#received.readInt32BE(0) + LENGTH_BYTES;
      if (this.#received.length < end) return;
      const answer = this.#answerIn(this.#received.subarray(0, end));
      this.#received = this.#received.subarray(end);
      if (answer !== undefined) this.#waiting?.(answer);
    }
  }
}
