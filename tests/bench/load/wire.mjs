// Remoting frames: a connection that cuts answers out of the stream, and single requests.
import { connect } from 'node:net';

/** @typedef {(view: Buffer, headerAt: number, bodyAt: number, end: number) => void} OnFrame */

const PREFIX_BYTES = 8;
const HEADER_LENGTH_MASK = 0xffffff;
const MAX_FRAME_BYTES = 64 << 20;
const ASK_TIMEOUT_MS = 30_000;

/** A frame with a JSON header. @param {object} header @param {Buffer} [body] */
export function frame(header, body = Buffer.alloc(0)) {
  const json = Buffer.from(
    JSON.stringify({ ...header, language: 'JAVA', serializeTypeCurrentRPC: 'JSON', version: 513 }),
  );
  const bytes = Buffer.alloc(PREFIX_BYTES + json.length + body.length);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt32BE(json.length, 4);
  json.copy(bytes, PREFIX_BYTES);
  body.copy(bytes, PREFIX_BYTES + json.length);
  return bytes;
}

/** One connection: whole frames are handed out as views that hold until the callback returns. */
export class Connection {
  #rest = Buffer.alloc(0);

  /** @param {import('node:net').Socket} socket @param {OnFrame} onFrame */
  constructor(socket, onFrame) {
    this.socket = socket;
    this.onFrame = onFrame;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
  }

  /** @param {string} address @param {OnFrame} onFrame @returns {Promise<Connection>} */
  static open(address, onFrame) {
    const [host, port] = address.split(':');
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port), highWaterMark: 1 << 18 });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket, onFrame));
      });
    });
  }

  #take(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= PREFIX_BYTES) {
      const length = bytes.readInt32BE(at);
      if (length < 4 || length > MAX_FRAME_BYTES) throw new Error(`bad frame length ${length}`);
      const end = at + 4 + length;
      if (end > bytes.length) break;
      const headerLength = bytes.readInt32BE(at + 4) & HEADER_LENGTH_MASK;
      this.onFrame(bytes, at + PREFIX_BYTES, at + PREFIX_BYTES + headerLength, end);
      at = end;
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }
}

/** One request on a connection of its own. @returns {Promise<{code: number, remark?: string, body: Buffer}>} */
export async function ask(address, code, extFields, body) {
  let answered = () => {};
  let failed = () => {};
  const answer = new Promise((resolve, reject) => {
    answered = resolve;
    failed = reject;
  });
  const connection = await Connection.open(address, (view, headerAt, bodyAt, end) => {
    const header = JSON.parse(view.toString('utf8', headerAt, bodyAt));
    answered({ ...header, body: Buffer.from(view.subarray(bodyAt, end)) });
  });
  const { socket } = connection;
  socket.once('error', failed);
  socket.once('close', () => failed(new Error(`${address} closed the connection`)));
  socket.setTimeout(ASK_TIMEOUT_MS, () => failed(new Error(`${address} does not answer ${code}`)));
  socket.write(frame({ code, extFields, flag: 0, opaque: 1 }, body));
  try {
    return await answer;
  } finally {
    socket.destroy();
  }
}
