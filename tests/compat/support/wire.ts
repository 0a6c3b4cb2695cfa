// One remoting request over a connection of its own, for the few questions that the suites ask without a Java client.
import { connect } from 'node:net';

const ASK_TIMEOUT_MS = 10_000;
const PREFIX_BYTES = 8;
const HEADER_LENGTH_MASK = 0xffffff;

/** What a server answered. */
export interface Answer {
  readonly code: number;
  readonly remark?: string;
  readonly extFields?: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends one request with a JSON header to `host:port` and gives the answer. */
export function ask(address: string, code: number, extFields: Readonly<Record<string, string>>): Promise<Answer> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host);
    let received = Buffer.alloc(0);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(ASK_TIMEOUT_MS, () => fail(new Error(`${address} does not answer ${code}`)));
    socket.once('error', fail);
    socket.once('end', () => fail(new Error(`${address} closed the connection on ${code}`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = decode(received);
      if (!answer) return;
      socket.destroy();
      resolve(answer);
    });
    socket.write(encode({ code, extFields, flag: 0, language: 'JAVA', opaque: 1, version: 513 }));
  });
}

function encode(header: Readonly<Record<string, unknown>>): Buffer {
  const json = Buffer.from(JSON.stringify({ ...header, serializeTypeCurrentRPC: 'JSON' }));
  const frame = Buffer.alloc(PREFIX_BYTES + json.length);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt32BE(json.length, 4);
  json.copy(frame, PREFIX_BYTES);
  return frame;
}

function decode(bytes: Buffer): Answer | undefined {
  if (bytes.length < PREFIX_BYTES || bytes.length < bytes.readInt32BE(0) + 4) return undefined;
  const bodyAt = PREFIX_BYTES + (bytes.readInt32BE(4) & HEADER_LENGTH_MASK);
  const header = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, bodyAt)) as Omit<Answer, 'body'>;
  return { ...header, body: bytes.subarray(bodyAt, bytes.readInt32BE(0) + 4) };
}
