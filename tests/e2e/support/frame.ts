// Remoting frames, written and read here from the published layout alone: the judge must not share the codec it judges.

/** Header fields as they travel; JSON headers may carry anything, so that they can be wrong. */
export type ExtFields = Readonly<Record<string, unknown>>;

/** A request; what is left out gets the value of an ordinary Java client. */
export interface Request {
  readonly code: number;
  readonly ext?: ExtFields;
  readonly body?: Uint8Array | string;
  readonly flag?: number;
  readonly binary?: boolean;
  readonly version?: number;
}

/** A response, or a request of the server to us. */
export interface Answer {
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string;
  readonly ext: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const JAVA_VERSION = 513;
const RESPONSE = 1;

/** length (4) | serialize type (1) + header length (3) | header | body; each may be made to lie. */
export function frameOf(header: Uint8Array, body: Uint8Array = Buffer.alloc(0), serializeType = 0): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + header.length + body.length, 0);
  prefix.writeUInt32BE(((serializeType << 24) | header.length) >>> 0, 4);
  return Buffer.concat([prefix, header, body]);
}

/** The frame of a request. */
export function encodeRequest(request: Request, opaque: number): Buffer {
  const body = request.body === undefined ? Buffer.alloc(0) : Buffer.from(request.body as Uint8Array);
  if (request.binary) return frameOf(binaryHeader(request, opaque), body, 1);
  const header = {
    code: request.code,
    language: 'JAVA',
    version: request.version ?? JAVA_VERSION,
    opaque,
    flag: request.flag ?? 0,
    extFields: request.ext ?? {},
    serializeTypeCurrentRPC: 'JSON',
  };
  return frameOf(Buffer.from(JSON.stringify(header)), body, 0);
}

/** code (2), language (1), version (2), opaque (4), flag (4), remark (4 + n), ext fields (4 + n). */
function binaryHeader(request: Request, opaque: number): Buffer {
  const fields: Buffer[] = [];
  for (const [name, value] of Object.entries(request.ext ?? {})) {
    const key = Buffer.from(name);
    const text = Buffer.from(String(value));
    const lengths = [Buffer.alloc(2), Buffer.alloc(4)] as const;
    lengths[0].writeUInt16BE(key.length & 0xffff);
    lengths[1].writeInt32BE(text.length);
    fields.push(lengths[0], key, lengths[1], text);
  }
  const ext = Buffer.concat(fields);
  const fixed = Buffer.alloc(21);
  fixed.writeUInt16BE(request.code & 0xffff, 0);
  fixed.writeUInt16BE(request.version ?? JAVA_VERSION, 3);
  fixed.writeInt32BE(opaque | 0, 5);
  fixed.writeInt32BE(request.flag ?? 0, 9);
  fixed.writeInt32BE(ext.length, 17);
  return Buffer.concat([fixed, ext]);
}

/** Cuts whole frames from the front of what has been received. Throws when the server breaks the protocol. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Bytes of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): Answer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const first = this.#chunks[0]!;
    // Joining large answers chunk by chunk would copy them again and again.
    if (first.length >= 4 && this.#bytes < 4 + first.readInt32BE(0)) return [];
    let data = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    const answers: Answer[] = [];
    while (data.length >= 4) {
      const length = data.readInt32BE(0);
      if (length < 4) throw new Error(`the server sent a frame of length ${length}`);
      if (data.length < 4 + length) break;
      answers.push(decodeFrame(data.subarray(4, 4 + length)));
      data = data.subarray(4 + length);
    }
    this.#chunks = data.length === 0 ? [] : [data];
    this.#bytes = data.length;
    return answers;
  }
}

function decodeFrame(frame: Buffer): Answer {
  const mark = frame.readUInt32BE(0);
  const headerLength = mark & 0xffffff;
  if (4 + headerLength > frame.length)
    throw new Error(`the server sent a header of ${headerLength} bytes in a frame of ${frame.length}`);
  const header = frame.subarray(4, 4 + headerLength);
  const body = frame.subarray(4 + headerLength);
  return mark >>> 24 === 1 ? decodeBinary(header, body) : decodeJson(header, body);
}

function decodeJson(header: Buffer, body: Buffer): Answer {
  const { code, opaque, flag, remark, extFields } = JSON.parse(header.toString());
  return { code, opaque, flag, remark: remark ?? '', ext: new Map(Object.entries(extFields ?? {})), body };
}

function decodeBinary(header: Buffer, body: Buffer): Answer {
  const remarkLength = header.readInt32BE(13);
  const remark = header.toString('utf8', 17, 17 + remarkLength);
  const ext = new Map<string, string>();
  let at = 17 + remarkLength + 4;
  const end = at + header.readInt32BE(at - 4);
  while (at < end) {
    const keyEnd = at + 2 + header.readInt16BE(at);
    const valueEnd = keyEnd + 4 + header.readInt32BE(keyEnd);
    ext.set(header.toString('utf8', at + 2, keyEnd), header.toString('utf8', keyEnd + 4, valueEnd));
    at = valueEnd;
  }
  return { code: header.readInt16BE(0), opaque: header.readInt32BE(5), flag: header.readInt32BE(9), remark, ext, body };
}

/** Whether a frame of the server answers one of ours. */
export function isResponse(answer: Answer): boolean {
  return (answer.flag & RESPONSE) !== 0;
}
