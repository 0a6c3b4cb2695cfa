import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type RemotingCommand, SerializeType } from '../remoting-command.js';
import { FrameCutter, UnfinishedBudget } from './frame-cutter.js';
import { decodeCommand } from './header-codec.js';
import { Outbox } from './outbox.js';

const testdata = (name: string): string => readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8');

interface OracleFrame {
  readonly serialize: 'JSON' | 'ROCKETMQ';
  readonly frame: string;
  readonly decoded: {
    readonly code: number;
    readonly opaque: number;
    readonly flag: number;
    readonly version: number;
    readonly language: string;
    readonly remark: string | null;
    readonly extFields: Record<string, string> | null;
    readonly body: string | null;
    readonly isResponse: boolean;
    readonly isOneway: boolean;
  };
}

/** What the frame cutter and the header decoder make of one whole frame. */
function decode(frame: Buffer): RemotingCommand {
  const commands: RemotingCommand[] = [];
  const cutter = new FrameCutter({
    maxFrameBytes: 1 << 24,
    budget: new UnfinishedBudget(1 << 24),
    sink: (chunk, start, end) => commands.push(decodeCommand(chunk, start, end)),
    mayCut: () => true,
  });
  cutter.push(frame);
  expect(commands.length).toBe(1);
  return commands[0]!;
}

/** The frame that we write for a command. */
function encode(command: RemotingCommand): Buffer {
  const outbox = new Outbox();
  const { serializeType, ext, body } = command;
  outbox.add(serializeType, command, { ext, body });
  const written: Uint8Array[] = [];
  outbox.flush({ write: (chunk: Uint8Array) => written.push(chunk) } as never);
  return Buffer.concat(written);
}

/** A field that is null is as good as none; no fields are null. */
function withoutNulls(ext: Record<string, string | null> | null): Record<string, string> | null {
  const entries = Object.entries(ext ?? {}).filter((entry): entry is [string, string] => entry[1] !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/**
 * True for the two forms of which there is a shorter one that means the same:
 * an empty object of fields, and a binary field without a value.
 */
function hasShorterForm(frame: Buffer): boolean {
  const headerLength = frame.readUIntBE(5, 3);
  const header = frame.subarray(8, 8 + headerLength);
  if (frame[4] === SerializeType.JSON) return header.includes('"extFields":{}');
  let at = 17 + header.readInt32BE(13) + 4;
  while (at < header.length) {
    at += 2 + header.readInt16BE(at);
    const valueLength = header.readInt32BE(at);
    if (valueLength === 0) return true;
    at += 4 + valueLength;
  }
  return false;
}

describe('frames of the reference', () => {
  const oracle = JSON.parse(testdata('frames.json')) as OracleFrame[];

  test.each(oracle.map((entry, index) => [index, entry] as const))(
    'oracle frame %d decodes to what the reference decodes',
    (_, { frame, decoded }) => {
      const command = decode(Buffer.from(frame, 'hex'));
      expect({
        code: command.code,
        opaque: command.opaque,
        flag: command.flag,
        version: command.version,
        language: command.language,
        remark: command.remark ?? null,
        extFields: Object.keys(command.ext).length === 0 ? null : { ...command.ext },
        body: command.body?.toString('hex') ?? null,
        isResponse: command.isResponse,
        isOneway: command.isOneway,
      }).toEqual({ ...decoded, extFields: withoutNulls(decoded.extFields) });
    },
  );

  test('every recorded frame decodes, and encodes back to the same bytes unless a shorter form means the same', () => {
    const recorded = testdata('recorded-frames.jsonl').trim().split('\n');
    const different: string[] = [];
    let canonical = 0;
    for (const line of recorded) {
      const { name, side, frame } = JSON.parse(line) as { name: string; side: string; frame: string };
      const bytes = Buffer.from(frame, 'base64');
      const encoded = encode(decode(bytes));
      if (hasShorterForm(bytes)) continue;
      canonical++;
      if (!encoded.equals(bytes)) different.push(`${name} ${side}`);
    }
    expect(canonical).toBeGreaterThan(1300);
    expect(different).toEqual([]);
  });
});
