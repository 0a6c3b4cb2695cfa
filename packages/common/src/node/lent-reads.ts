// Reads the data of accepted connections into memory that is used again.
import { Socket as NetSocket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';

const READ_BYTES = 256 * 1024;

/** What `net.Socket` has and its types do not tell. */
interface Handled {
  _handle: { readonly useUserBuffer?: unknown } | null | undefined;
}
interface AdoptingOptions extends SocketConstructorOpts {
  readonly handle: object;
  readonly pauseOnCreate: boolean;
  readonly onread: OnReadOpts;
}

/**
 * One piece of memory that all connections are read into, one after the other.
 * Left alone Node takes 64 KiB for every read: memory that is cold in the
 * processor's caches, and that makes the collector run for nothing else. That
 * was a sixth of the broker's whole work for a send.
 */
export class LentReads {
  readonly #memory = Buffer.allocUnsafeSlow(READ_BYTES);

  /**
   * The connection of `stream` in another, paused one, each chunk of which is
   * valid during its 'data' event only; `stream` is of no use any more. Node
   * reads into given memory (`onread`) for those who make a socket, and a
   * server makes its sockets itself: so the handle moves. Where it cannot, the
   * answer is `stream` as it is.
   */
  of(stream: NetSocket): NetSocket {
    const owner = stream as unknown as Handled;
    const handle = owner._handle;
    if (typeof handle?.useUserBuffer !== 'function') return stream;
    const memory = this.#memory;
    const onread = {
      buffer: memory,
      callback: (bytes: number): boolean => {
        lent.emit('data', memory.subarray(0, bytes));
        return true;
      },
    };
    const options: AdoptingOptions = { handle, pauseOnCreate: true, onread };
    const lent = new NetSocket(options);
    owner._handle = null;
    stream.destroy();
    return lent;
  }
}
