/** Writes the header part of a frame, in both serializations; `header-codec.ts` has the layouts. */
import { BinaryFieldWriter, type FieldWriter, JsonFieldWriter, quoted } from '../protocol/field-writer.js';
import { languageCode } from '../protocol/language-code.js';
import type { OutgoingHeader } from './outgoing.js';

/** The fixed fields of a command that is to be written. */
export interface CommandHead {
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly language: string;
  readonly version: number;
  readonly remark?: string | undefined;
}

const BINARY_FIXED_BYTES = 21;

/** One for all connections: what was gathered is taken before the next header is written. */
const jsonFields = new JsonFieldWriter();
const binaryFields = new BinaryFieldWriter();

/** The JSON text of a header. The order of the keys is the reference's. */
export function jsonHeader(head: CommandHead, fields: OutgoingHeader): string {
  writeFields(fields, jsonFields);
  const fragment = jsonFields.take();
  const ext = fragment === '' ? '' : `"extFields":{${fragment}},`;
  const remark = head.remark === undefined ? '' : `"remark":${quoted(head.remark)},`;
  return `{"code":${head.code},${ext}"flag":${head.flag},"language":"${head.language}","opaque":${head.opaque},${remark}"serializeTypeCurrentRPC":"JSON","version":${head.version}}`;
}

/** The binary form of a header. */
export function binaryHeader(head: CommandHead, fields: OutgoingHeader): Buffer {
  binaryFields.reset();
  writeFields(fields, binaryFields);
  const ext = binaryFields.bytes();
  const remark = head.remark === undefined ? undefined : Buffer.from(head.remark, 'utf8');
  const remarkLength = remark?.length ?? 0;
  const header = Buffer.allocUnsafe(BINARY_FIXED_BYTES + remarkLength + ext.length);
  // Codes above 32767 lose their upper half, as in the reference: such commands travel as JSON.
  header.writeInt16BE((head.code << 16) >> 16, 0);
  header.writeUInt8(languageCode(head.language), 2);
  header.writeInt16BE(head.version, 3);
  header.writeInt32BE(head.opaque, 5);
  header.writeInt32BE(head.flag, 9);
  header.writeInt32BE(remarkLength, 13);
  if (remark !== undefined) header.set(remark, 17);
  header.writeInt32BE(ext.length, 17 + remarkLength);
  header.set(ext, BINARY_FIXED_BYTES + remarkLength);
  return header;
}

function writeFields({ codec, values, ext }: OutgoingHeader, writer: FieldWriter): void {
  if (codec !== undefined && values !== undefined) codec.write(values, writer);
  if (ext === undefined) return;
  for (const key in ext) writer.free(key, ext[key]!);
}
