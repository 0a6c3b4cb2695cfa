/** Writes the header part of a frame, in both serializations; `header-codec.ts` has the layouts. */
import { BinaryFieldWriter, type FieldWriter, JsonFieldWriter } from '../protocol/field-writer.js';
import { HeaderBytes, SteadyBytes } from '../protocol/header-bytes.js';
import { languageCode } from '../protocol/language-code.js';
import { SerializeType } from '../remoting-command.js';
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

/** One for all connections: a header is written in one go. */
const out = new HeaderBytes();
const jsonFields = new JsonFieldWriter(out);
const binaryFields = new BinaryFieldWriter(out);

const CODE = new SteadyBytes('{"code":');
const EXT_FIELDS = new SteadyBytes(',"extFields":{');
const REMARK = new SteadyBytes(',"remark":"');
const CLOSE = 0x7d;

/** What stands before and behind `opaque` is the same in almost all that a process sends: it is kept as bytes. */
let around = { flag: -1, language: '', version: -1, before: new SteadyBytes(''), behind: new SteadyBytes('') };

function aroundOpaque({ flag, language, version }: CommandHead): typeof around {
  if (around.flag !== flag || around.language !== language || around.version !== version) {
    const before = new SteadyBytes(`,"flag":${flag},"language":"${language}","opaque":`);
    const behind = new SteadyBytes(`,"serializeTypeCurrentRPC":"JSON","version":${version}}`);
    around = { flag, language, version, before, behind };
  }
  return around;
}

/**
 * Writes a header at `start` of `buffer`, or elsewhere when there is no room;
 * the answer tells where it is, until the next header is written. The order of
 * the keys is the reference's.
 */
export function writeHeader(
  serializeType: SerializeType,
  head: CommandHead,
  fields: OutgoingHeader,
  buffer: Buffer,
  start: number,
): HeaderBytes {
  out.begin(buffer, start);
  if (serializeType === SerializeType.JSON) writeJson(head, fields);
  else writeBinary(head, fields);
  return out;
}

function writeJson(head: CommandHead, fields: OutgoingHeader): void {
  const { before, behind } = aroundOpaque(head);
  out.steady(CODE);
  out.number(head.code);
  const codeEnd = out.length;
  out.steady(EXT_FIELDS);
  const fieldsStart = out.length;
  jsonFields.begin();
  writeFields(fields, jsonFields);
  if (out.length === fieldsStart) out.cut(codeEnd);
  else out.byte(CLOSE);
  out.steady(before);
  out.number(head.opaque);
  if (head.remark !== undefined) {
    out.steady(REMARK);
    out.quoted(head.remark);
  }
  out.steady(behind);
}

function writeBinary(head: CommandHead, fields: OutgoingHeader): void {
  // Codes above 32767 lose their upper half, as in the reference: such commands travel as JSON.
  out.int(2, head.code);
  out.int(1, languageCode(head.language));
  out.int(2, head.version);
  out.int(4, head.opaque);
  out.int(4, head.flag);
  const remarkAt = out.room(4);
  out.setInt(remarkAt, 4, head.remark === undefined ? 0 : out.utf8(head.remark));
  const extAt = out.room(4);
  const extStart = out.length;
  writeFields(fields, binaryFields);
  out.setInt(extAt, 4, out.length - extStart);
}

function writeFields({ codec, values, ext }: OutgoingHeader, writer: FieldWriter): void {
  if (codec !== undefined && values !== undefined) codec.write(values, writer);
  if (ext === undefined) return;
  for (const key in ext) writer.free(key, ext[key]!);
}
