/** Writes the header part of a frame, in both serializations; `header-codec.ts` has the layouts. */
import { BinaryFieldWriter, type FieldWriter, GrowingBytes, JsonFieldWriter } from '../protocol/field-writer.js';
import { languageCode } from '../protocol/language-code.js';
import { SerializeType } from '../remoting-command.js';
import type { OutgoingHeader } from './outgoing-header.js';

/** The fixed fields of a command that is to be written. */
export interface CommandHead {
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly language: string;
  readonly version: number;
  readonly remark?: string | undefined;
}

/** One for all connections: a header is copied into its frame before the next one is written. */
const bytes = new GrowingBytes();
const jsonFields = new JsonFieldWriter(bytes);
const binaryFields = new BinaryFieldWriter(bytes);

/** The bytes of a header; they hold until the next one is encoded. */
export function encodeHeader(serializeType: SerializeType, head: CommandHead, fields: OutgoingHeader): Uint8Array {
  bytes.reset();
  if (serializeType === SerializeType.JSON) encodeJson(head, fields);
  else encodeBinary(head, fields);
  return bytes.bytes();
}

/** The order of the keys is the reference's. */
function encodeJson(head: CommandHead, fields: OutgoingHeader): void {
  bytes.ascii('{"code":');
  bytes.decimal(head.code);
  const fieldsAt = bytes.length;
  bytes.ascii(',"extFields":{');
  jsonFields.begin();
  writeFields(fields, jsonFields);
  if (jsonFields.isEmpty) bytes.length = fieldsAt;
  else bytes.ascii('}');
  bytes.ascii(',"flag":');
  bytes.decimal(head.flag);
  bytes.ascii(',"language":');
  bytes.quoted(head.language);
  bytes.ascii(',"opaque":');
  bytes.decimal(head.opaque);
  if (head.remark !== undefined) {
    bytes.ascii(',"remark":');
    bytes.quoted(head.remark);
  }
  bytes.ascii(',"serializeTypeCurrentRPC":"JSON","version":');
  bytes.decimal(head.version);
  bytes.ascii('}');
}

function encodeBinary(head: CommandHead, fields: OutgoingHeader): void {
  // Codes above 32767 lose their upper half, as in the reference: such commands travel as JSON.
  bytes.int16(head.code);
  bytes.int8(languageCode(head.language));
  bytes.int16(head.version);
  bytes.int32(head.opaque);
  bytes.int32(head.flag);
  const remarkAt = bytes.length;
  bytes.int32(0);
  if (head.remark !== undefined) bytes.setInt32(remarkAt, bytes.utf8(head.remark));
  const fieldsAt = bytes.length;
  bytes.int32(0);
  writeFields(fields, binaryFields);
  bytes.setInt32(fieldsAt, bytes.length - fieldsAt - 4);
}

function writeFields({ codec, values, ext }: OutgoingHeader, writer: FieldWriter): void {
  if (codec !== undefined && values !== undefined) codec.write(values, writer);
  if (ext === undefined) return;
  for (const key in ext) writer.entry(key, ext[key]!);
}
