/**
 * Reads the header part of a frame, in both serializations; `header-encoder.ts` writes it.
 *
 * Frame layout (big-endian; source: RemotingCommand, RocketMQSerializable):
 *
 *   0  4  total length = 4 + header length + body length
 *   4  1  serialize type: 0 JSON, 1 ROCKETMQ
 *   5  3  header length h
 *   8  h  header
 *   8+h   body
 *
 * ROCKETMQ header: code int16, language int8, version int16, opaque int32,
 * flag int32, remark (int32 length + UTF-8), ext fields (int32 total length,
 * then int16 key length, key, int32 value length, value, repeated).
 */
import { scanJson } from '@rocketmq-ts/common';
import { RemotingDecodeError } from '../errors.js';
import type { HeaderCodec } from '../protocol/header-codec.js';
import { HeaderScanner } from '../protocol/header-scanner.js';
import type { HeaderTemplate, HeaderTemplates } from '../protocol/header-template.js';
import { languageName } from '../protocol/language-code.js';
import { FieldSlots } from '../protocol/scanned-fields.js';
import {
  type ExtFields,
  type HeaderSource,
  NO_EXT_FIELDS,
  RemotingCommand,
  SerializeType,
} from '../remoting-command.js';

/** Largest header accepted. The reference has no limit of its own; properties (32 KiB) escaped six-fold fit well. */
export const MAX_HEADER_BYTES = 1024 * 1024;

/** A header is two levels deep; members that nobody asks for may be deeper. */
const MAX_HEADER_DEPTH = 32;
const BINARY_FIXED_BYTES = 21;
/** The longest headers declared have some thirty fields; what a message brings of its own is in one of them. */
const MAX_FIELDS = 2000;

/**
 * Decodes the frame content `[start, end)` of `chunk` (what follows the 4-byte
 * total length). The body is a view. `templates` are those of the connection.
 *
 * @throws RemotingDecodeError when the header cannot be read.
 */
export function decodeCommand(chunk: Buffer, start: number, end: number, templates?: HeaderTemplates): RemotingCommand {
  const serializeType = chunk[start]!;
  const headerLength = (chunk[start + 1]! << 16) | (chunk[start + 2]! << 8) | chunk[start + 3]!;
  const headerStart = start + 4;
  const bodyStart = headerStart + headerLength;
  if (bodyStart > end || headerLength > MAX_HEADER_BYTES) {
    throw new RemotingDecodeError(`header length ${headerLength} does not fit a frame of ${end - start} bytes`);
  }
  const body = bodyStart < end ? chunk.subarray(bodyStart, end) : undefined;
  if (serializeType === SerializeType.JSON) return decodeJsonHeader(chunk, headerStart, bodyStart, body, templates);
  if (serializeType === SerializeType.ROCKETMQ) return decodeBinaryHeader(chunk, headerStart, bodyStart, body);
  throw new RemotingDecodeError(`serialize type ${serializeType} is unknown`);
}

/**
 * Decodes a whole large frame, length field included, the same way. Its header
 * is copied first: the functions that read headers are fast because they only
 * ever see one kind of buffer. The body is a view.
 */
export function decodeLargeCommand(frame: Buffer): RemotingCommand {
  const headerLength = frame.readUIntBE(5, 3);
  const bodyStart = Math.min(8 + headerLength, frame.length);
  if (headerLength > MAX_HEADER_BYTES) throw new RemotingDecodeError(`header length ${headerLength} is too large`);
  const head = Buffer.from(frame.subarray(4, bodyStart));
  const command = decodeCommand(head, 0, head.length);
  return bodyStart < frame.length ? command.withBody(frame.subarray(bodyStart)) : command;
}

interface JsonHeader {
  code?: unknown;
  language?: unknown;
  version?: unknown;
  opaque?: unknown;
  flag?: unknown;
  remark?: unknown;
  extFields?: unknown;
}

/** One for all connections: what is noted of a header is used before the next one is read, or read again. */
const fields = new FieldSlots();
const scanner = new HeaderScanner(fields);
/** The command that they speak of. */
let noted: RemotingCommand | undefined;
let notedSource: HeaderSource | undefined;
/** The template that its header fits; `fields` are those that it does not have then. */
let fitting: HeaderTemplate | undefined;
let chunkInView: Buffer | undefined;
let view: DataView = new DataView(new ArrayBuffer(0));

function decodeJsonHeader(
  chunk: Buffer,
  start: number,
  end: number,
  body: Buffer | undefined,
  templates: HeaderTemplates | undefined,
): RemotingCommand {
  if (chunk !== chunkInView) {
    chunkInView = chunk;
    view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  }
  fitting = templates?.find(chunk, view, start, end, fields);
  if (fitting === undefined && !scanner.read(chunk, view, start, end)) return parseJsonHeader(chunk, start, end, body);
  notedSource = { chunk, start, end };
  const ext = fitting === undefined && fields.count === 0 ? NO_EXT_FIELDS : undefined;
  noted = new RemotingCommand(fitting ?? scanner, ext, body, SerializeType.JSON, notedSource);
  return noted;
}

/**
 * The declared header of a command.
 *
 * @throws RemotingCommandError when a field is missing or not what it should be.
 */
export function decodeHeader<X>(codec: HeaderCodec<X>, command: RemotingCommand, templates?: HeaderTemplates): X {
  if (codec.scan === undefined || command !== noted) return codec.decode(command.ext);
  if (fitting !== undefined && fitting.codec === codec) return codec.scan(fields, fitting.header as X);
  if (fitting !== undefined) return codec.decode(command.ext);
  const header = codec.scan(fields, undefined);
  if (notedSource !== undefined) templates?.learn({ scanner, source: notedSource, codec, header });
  return header;
}

function parseJsonHeader(chunk: Buffer, start: number, end: number, body: Buffer | undefined): RemotingCommand {
  const text = chunk.toString('utf8', start, end);
  // The engine's parser keeps forty bytes and more for every level: a megabyte of brackets would take tens of megabytes.
  const { depth, commas } = scanJson(text, MAX_HEADER_DEPTH);
  if (commas > MAX_FIELDS) throw tooManyFields();
  if (depth > MAX_HEADER_DEPTH)
    throw new RemotingDecodeError(`header is nested deeper than ${MAX_HEADER_DEPTH} levels`);
  let header: JsonHeader | null;
  try {
    header = JSON.parse(text) as JsonHeader | null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RemotingDecodeError('header is not JSON', { cause: error });
  }
  if (typeof header !== 'object' || header === null) throw new RemotingDecodeError('header is not a JSON object');
  const { code, language, version, opaque, flag, remark, extFields } = header;
  const fields = {
    code: int(code, 'code'),
    language: typeof language === 'string' ? language : 'OTHER',
    version: version === undefined ? 0 : int(version, 'version'),
    opaque: int(opaque, 'opaque'),
    flag: flag === undefined ? 0 : int(flag, 'flag'),
    remark: typeof remark === 'string' ? remark : undefined,
  };
  const ext = extFields === undefined || extFields === null ? NO_EXT_FIELDS : checkedExtFields(extFields);
  return new RemotingCommand(fields, ext, body, SerializeType.JSON);
}

function int(value: unknown, field: string): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  if (typeof value === 'string' && /^-?\d{1,10}$/.test(value) && (Number(value) | 0) === Number(value))
    return Number(value);
  throw new RemotingDecodeError(`header field ${field} is not a 32-bit integer`);
}

/** Values that are not text become text where they are plain numbers or booleans (as the reference's parser does); anything deeper is refused. */
function checkedExtFields(extFields: unknown): ExtFields {
  if (typeof extFields !== 'object' || Array.isArray(extFields))
    throw new RemotingDecodeError('extFields is not an object');
  const fields = extFields as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (typeof value === 'string') continue;
    if (typeof value === 'number' || typeof value === 'boolean') return textExtFields(fields);
    if (value === null) return textExtFields(fields);
    throw new RemotingDecodeError('a value of extFields is neither text nor a number');
  }
  return fields as ExtFields;
}

function textExtFields(fields: Record<string, unknown>): ExtFields {
  const text = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) continue;
    if (typeof value === 'object') throw new RemotingDecodeError('a value of extFields is neither text nor a number');
    text[key] = String(value);
  }
  return text;
}

function decodeBinaryHeader(chunk: Buffer, start: number, end: number, body: Buffer | undefined): RemotingCommand {
  if (end - start < BINARY_FIXED_BYTES)
    throw new RemotingDecodeError(`binary header of ${end - start} bytes is too short`);
  const remarkLength = chunk.readInt32BE(start + 13);
  const remarkStart = start + 17;
  const extLengthAt = remarkStart + remarkLength;
  if (remarkLength < 0 || extLengthAt + 4 > end)
    throw new RemotingDecodeError(`remark length ${remarkLength} does not fit the header`);
  const extLength = chunk.readInt32BE(extLengthAt);
  const extStart = extLengthAt + 4;
  if (extLength < 0 || extStart + extLength > end)
    throw new RemotingDecodeError(`ext fields length ${extLength} does not fit the header`);
  const fields = {
    code: chunk.readInt16BE(start),
    language: languageName(chunk[start + 2]!),
    version: chunk.readInt16BE(start + 3),
    opaque: chunk.readInt32BE(start + 5),
    flag: chunk.readInt32BE(start + 9),
    remark: remarkLength === 0 ? undefined : chunk.toString('utf8', remarkStart, extLengthAt),
  };
  const ext = extLength === 0 ? NO_EXT_FIELDS : decodeBinaryExtFields(chunk, extStart, extStart + extLength);
  return new RemotingCommand(fields, ext, body, SerializeType.ROCKETMQ);
}

function tooManyFields(): RemotingDecodeError {
  return new RemotingDecodeError(`header has more than ${MAX_FIELDS} fields`);
}

function decodeBinaryExtFields(chunk: Buffer, start: number, end: number): ExtFields {
  const ext = Object.create(null) as Record<string, string>;
  let position = start;
  for (let count = 0; position < end; count++) {
    if (count === MAX_FIELDS) throw tooManyFields();
    const keyEnd = position + 2 + (position + 2 <= end ? chunk.readInt16BE(position) : end);
    if (keyEnd < position + 2 || keyEnd + 4 > end)
      throw new RemotingDecodeError('an ext field key does not fit the header');
    const valueLength = chunk.readInt32BE(keyEnd);
    const valueStart = keyEnd + 4;
    if (valueLength < 0 || valueStart + valueLength > end)
      throw new RemotingDecodeError('an ext field value does not fit the header');
    // A key or value of no length is null in the reference, and a null entry is as good as none.
    if (keyEnd > position + 2 && valueLength > 0) {
      ext[chunk.toString('utf8', position + 2, keyEnd)] = chunk.toString('utf8', valueStart, valueStart + valueLength);
    }
    position = valueStart + valueLength;
  }
  return ext;
}
