// Frames that are wrong before a header can be read: lengths, header lengths, serialize types, garbage, halves.
import { encodeRequest, frameOf } from '../frame.js';
import type { SeededRandom } from '../random.js';
import type { HostileCase, HostileGroup, Link, Owed } from './hostile-case.js';

const LENGTHS = [0, 1, 3, -1, -2, -(2 ** 31), 2 ** 31 - 1, 16 * 1024 * 1024 + 1, 0x16030100, 0x50524f58];
const BAD_TYPES = [2, 3, 127, 128, 255];
const BAD_JSON = [
  '',
  ' ',
  '{',
  '}',
  '[]',
  'null',
  '1',
  '"x"',
  '{"code":1',
  "{'code':}",
  '{"code":1}}',
  '\u0000',
  '{"code":1,}x',
];

/** Lengths and garbage; the first bytes decide that no frame can follow. */
export function brokenFrames(random: SeededRandom, count: number): HostileGroup {
  const cases: HostileCase[] = [];
  const makers = [lengthCase, garbageCase, headerLengthCase, typeCase, jsonCase, halfCase, tlsCase];
  while (cases.length < count) cases.push(makers[cases.length % makers.length]!(random, linkOf(random)));
  return { cases };
}

function fixed(name: string, link: Link, owed: Owed, bytes: Buffer): HostileCase {
  return { name, link, owed, bytes: () => bytes };
}

function linkOf(random: SeededRandom): Link {
  return random.below(3) === 0 ? 'namesrv' : 'broker';
}

function lengthCase(random: SeededRandom, link: Link): HostileCase {
  const length = random.pick(LENGTHS);
  const bytes = Buffer.concat([Buffer.alloc(4), random.bytes(random.pick([0, 4, 4, 100]))]);
  bytes.writeInt32BE(length);
  // Bytes that begin like TLS or the PROXY protocol may wait for the rest of it.
  const isOther = length === 0x16030100 || length === 0x50524f58;
  return fixed(`length ${length}`, link, isOther || bytes.length < 8 ? 'nothing' : 'close', bytes);
}

function garbageCase(random: SeededRandom, link: Link): HostileCase {
  const bytes = random.bytes(random.between(1, random.pick([8, 64, 2000])));
  return fixed(`garbage ${bytes.toString('hex', 0, 16)}`, link, 'nothing', bytes);
}

function headerLengthCase(random: SeededRandom, link: Link): HostileCase {
  const frame = frameOf(Buffer.from('{"code":105,"opaque":1}'), random.bytes(20));
  const lie = random.pick([frame.length - 7, 0xffffff, 0x7fffff, 0xfffffe, 200]);
  frame.writeUInt32BE(lie, 4);
  return fixed(`header length ${lie}`, link, 'close', frame);
}

function typeCase(random: SeededRandom, link: Link): HostileCase {
  const type = random.pick(BAD_TYPES);
  return fixed(
    `serialize type ${type}`,
    link,
    'close',
    frameOf(Buffer.from('{"code":105,"opaque":1}'), undefined, type),
  );
}

function jsonCase(random: SeededRandom, link: Link): HostileCase {
  const text = random.pick(BAD_JSON);
  return fixed(`header ${JSON.stringify(text)}`, link, 'close', frameOf(Buffer.from(text)));
}

function halfCase(random: SeededRandom, link: Link): HostileCase {
  const frame = encodeRequest({ code: 310, ext: { b: 'hostile-half' }, body: random.bytes(300) }, 1);
  const cut = random.between(1, frame.length - 1);
  return fixed(`the first ${cut} of ${frame.length} bytes`, link, 'nothing', frame.subarray(0, cut));
}

function tlsCase(random: SeededRandom, link: Link): HostileCase {
  const start = random.pick([
    '\u0016\u0003\u0001\u0002\u0000',
    '\u0016',
    'PROXY TCP4 1.1.1.1 ',
    '\r\n\r\n\u0000\r\nQUIT\n!',
    'GET / HTTP/1.1\r\n',
  ]);
  return fixed(
    `begins with ${JSON.stringify(start)}`,
    link,
    'nothing',
    Buffer.concat([Buffer.from(start, 'latin1'), random.bytes(random.below(300))]),
  );
}

/** Binary headers whose inner lengths lie. */
export function lyingBinaryHeaders(random: SeededRandom, count: number): HostileGroup {
  const cases = Array.from({ length: count }, (_, index): HostileCase => {
    const lie = random.pick([-1, -2, 0x7fffffff, -0x80000000, 0x7fff, 0xffff, 1, 3, 0, 1000]);
    const at = [13, 17, 21, 23 + 5, 0, 2][index % 6]!;
    const link = linkOf(random);
    const bytes = (opaque: number): Buffer => {
      const frame = encodeRequest({ code: 105, binary: true, ext: { topic: 'hostile', x: 'y' } }, opaque);
      // Not over the opaque: the answer is recognised by it.
      if (at === 21) frame.writeUInt16BE(lie & 0xffff, 8 + at);
      else if (at === 0 || at === 2) frame.writeUInt8(lie & 0xff, 8 + at);
      else frame.writeInt32BE(lie, 8 + at);
      return frame;
    };
    return { name: `binary header, ${lie} at ${at}`, link, owed: 'answer-or-close', bytes };
  });
  return { cases };
}
