import { AsciiText } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCommand, decodeHeader } from '../connection/header-codec.js';
import { RemotingDecodeError } from '../errors.js';
import { codecOf } from './codecs.js';
import { PullMessageRequestHeader } from './commands/pull.js';
import { SendMessageRequestHeaderV2 } from './commands/send.js';
import type { HeaderCodec } from './header-codec.js';
import { RemotingCommandError } from './header-codec.js';
import { HeaderTemplates, SharedTemplates } from './header-template.js';
import { FieldSlots } from './scanned-fields.js';

const sendCodec = codecOf(SendMessageRequestHeaderV2);
const pullCodec = codecOf(PullMessageRequestHeader);

/** A frame content with the header's text. */
function content(header: string): Buffer {
  const bytes = Buffer.from(header);
  return Buffer.concat([Buffer.from([0, bytes.length >>> 16, bytes.length >>> 8, bytes.length]), bytes]);
}

/** As the Java client writes it. */
function sendHeader(opaque: number, changed: Record<string, string> = {}): string {
  const ext = {
    a: 'PG',
    b: 'Topic',
    c: 'TBW102',
    d: '4',
    e: '1',
    f: '0',
    g: '1795245902741',
    h: '0',
    i: 'UNIQ_KEY\u00017F0000010000\u0002WAIT\u0001true\u0002',
    j: '0',
    k: 'false',
    m: 'false',
    ...changed,
  };
  return JSON.stringify({
    code: 310,
    extFields: ext,
    flag: 0,
    language: 'JAVA',
    opaque,
    serializeTypeCurrentRPC: 'JSON',
    version: 513,
  });
}

function pullHeader(opaque: number, queueOffset: number): string {
  const ext = {
    consumerGroup: 'G',
    topic: 'Topic',
    queueId: '0',
    queueOffset: String(queueOffset),
    maxMsgNums: '32',
    sysFlag: '2',
    commitOffset: '0',
    suspendTimeoutMillis: '15000',
    subVersion: '1',
  };
  return JSON.stringify({
    code: 11,
    extFields: ext,
    flag: 0,
    language: 'JAVA',
    opaque,
    serializeTypeCurrentRPC: 'JSON',
    version: 513,
  });
}

/** The header with its texts as strings: their bytes are written over. */
function asStrings(header: object): object {
  return Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name, value instanceof AsciiText ? value.toString() : value]),
  );
}

/** What is read of a header: the command's fixed fields, and the header or the error's text. */
function read(bytes: Buffer, codec: HeaderCodec<unknown>, templates?: HeaderTemplates): unknown {
  try {
    const command = decodeCommand(bytes, 0, bytes.length, templates);
    const { code, opaque, flag, language, version, remark } = command;
    const header = decodeHeader(codec, command, templates);
    return { code, opaque, flag, language, version, remark, header: asStrings(header as object) };
  } catch (error) {
    if (error instanceof RemotingDecodeError || error instanceof RemotingCommandError) return error.message;
    throw error;
  }
}

/** Templates that have seen enough headers to know them. */
function learned(shared?: SharedTemplates): HeaderTemplates {
  const templates = new HeaderTemplates(shared);
  for (let i = 0; i < 100; i++) {
    const changing = {
      e: String(i % 4),
      g: String(1795245902741 + i),
      i: `UNIQ_KEY\u0001${i}\u0002WAIT\u0001true\u0002`,
    };
    read(content(sendHeader(i, changing)), sendCodec, templates);
    read(content(pullHeader(i, i * 7)), pullCodec, templates);
  }
  return templates;
}

describe('HeaderTemplates', () => {
  test('a header that fits is read as any other', () => {
    const templates = learned();
    const changes: Record<string, string>[] = [
      {},
      { e: '17' },
      { g: '0' },
      { i: '' },
      { i: 'KEYS\u0001ä "q" \\ \u0002' },
      { e: '-1' },
    ];
    for (const changed of changes) {
      const bytes = content(sendHeader(99, changed));
      expect(read(bytes, sendCodec, templates)).toEqual(read(bytes, sendCodec));
    }
    const pull = content(pullHeader(5, 123456789012));
    expect(read(pull, pullCodec, templates)).toEqual(read(pull, pullCodec));
  });

  test('connections on which the same headers come share their template', () => {
    const shared = new SharedTemplates();
    const [one, other, foreign] = [learned(shared), learned(shared), learned()];
    const used = [one, other, foreign].map((templates) => {
      const bytes = content(sendHeader(7));
      const fields = new FieldSlots();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return templates.find(bytes, view, 4, bytes.length, fields);
    });
    expect(used[0]).toBeDefined();
    expect(used[1]).toBe(used[0]);
    expect(used[2]).not.toBe(used[0]);
  });

  test('values that never changed are taken from the template', () => {
    const templates = learned();
    const [one, two] = [1, 2].map((opaque) => {
      const bytes = content(sendHeader(opaque));
      const command = decodeCommand(bytes, 0, bytes.length, templates);
      expect(command.opaque).toBe(opaque);
      return asStrings(decodeHeader(sendCodec, command, templates));
    });
    expect(one).toEqual(two);
    expect(one).not.toBe(two);
  });

  test('a text that never changed is taken from the template, too', () => {
    const templates = new HeaderTemplates();
    for (let i = 0; i < 100; i++) read(content(sendHeader(i, { e: String(i % 3) })), sendCodec, templates);
    const other = content(sendHeader(1, { i: 'KEYS\u0001other\u0002' }));
    read(other, sendCodec, templates);
    const bytes = content(sendHeader(2));
    expect(read(bytes, sendCodec, templates)).toEqual(read(bytes, sendCodec));
  });

  test('whatever byte of a header is changed, removed or added, it is read as without templates', () => {
    const templates = learned();
    const text = sendHeader(4711);
    const edit = fc.tuple(
      fc.nat(text.length - 1),
      fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\0,:{}[]u'))),
      fc.nat(2),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let bytes = Buffer.from(text);
        for (const [at, byte, kind] of edits) {
          const rest = bytes.subarray(kind === 0 ? at : at + 1);
          bytes = Buffer.concat([bytes.subarray(0, at), kind === 2 ? Buffer.alloc(0) : Buffer.from([byte]), rest]);
        }
        const framed = content(bytes.toString('latin1'));
        expect(read(framed, sendCodec, templates)).toEqual(read(framed, sendCodec));
      }),
      { numRuns: 3000 },
    );
  });

  test('a header that is cut anywhere is read as without templates', () => {
    const templates = learned();
    const text = sendHeader(4711);
    for (let length = 0; length < text.length; length++) {
      const bytes = content(text.slice(0, length));
      expect(read(bytes, sendCodec, templates)).toEqual(read(bytes, sendCodec));
    }
  });

  test('a field that comes twice counts as it does without templates', () => {
    const templates = new HeaderTemplates();
    for (let i = 0; i < 100; i++) {
      const text = sendHeader(i).replace('"j":"0"', `"j":"0","b":"Topic${i % 3}"`);
      expect(read(content(text), sendCodec, templates)).toEqual(read(content(text), sendCodec));
    }
  });

  test('the ext fields are there as text while the request is handled, and not kept longer', () => {
    const bytes = content(sendHeader(1));
    const command = decodeCommand(bytes, 0, bytes.length, learned());
    expect(command.ext.b).toBe('Topic');
    const waiting = decodeCommand(bytes, 0, bytes.length, learned());
    waiting.dropHeader();
    expect(() => waiting.ext).toThrow('asked for after it was dispatched');
  });

  test('headers that are never alike, and another codec for one that is known, are read all the same', () => {
    const templates = new HeaderTemplates();
    for (let i = 0; i < 500; i++) {
      const bytes = content(sendHeader(i, { [`x${i}`]: String(i), b: `T${i}` }));
      expect(read(bytes, sendCodec, templates)).toEqual(read(bytes, sendCodec));
    }
    const known = content(sendHeader(1));
    expect(read(known, pullCodec, learned())).toEqual(read(known, pullCodec));
  });
});
