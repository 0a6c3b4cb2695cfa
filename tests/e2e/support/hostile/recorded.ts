// Frames that Java clients and brokers once sent, with bytes changed, cut out and put in.
import { readFileSync } from 'node:fs';
import { frameOf } from '../frame.js';
import type { SeededRandom } from '../random.js';
import { owedBy } from './fields.js';
import type { HostileCase, HostileGroup, Link, Owed } from './hostile-case.js';

interface Recorded {
  readonly name: string;
  readonly link: Link;
  readonly frame: string;
}

const RECORDED: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('../testdata/recorded-requests.json', import.meta.url), 'utf8'),
);

/** Mutations of recorded frames; the lengths of frame and header are right again afterwards, except sometimes. */
export function mutatedRecordings(random: SeededRandom, count: number): HostileGroup {
  const cases = Array.from({ length: count }, (_, index): HostileCase => {
    const recorded = RECORDED[index % RECORDED.length]!;
    const frame = Buffer.from(recorded.frame, 'base64');
    const headerLength = frame.readUInt32BE(4) & 0xffffff;
    const type = frame.readUInt8(4);
    let header: Buffer = Buffer.from(frame.subarray(8, 8 + headerLength));
    let body: Buffer = Buffer.from(frame.subarray(8 + headerLength));
    const rounds = random.between(1, 3);
    for (let i = 0; i < rounds; i++) {
      if (body.length > 0 && random.below(2) === 0) body = mutated(random, body);
      else header = mutated(random, header);
    }
    return {
      name: `${recorded.name}, mutated: ${header.toString('latin1')}`,
      link: recorded.link,
      // As it is sent: a number in place of a damaged opaque can make JSON of what was none.
      owed: owedByHeader(withOpaque(header, type, 0), type),
      bytes: (opaque) => frameOf(withOpaque(header, type, opaque), body, type),
    };
  });
  return { cases };
}

function mutated(random: SeededRandom, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  switch (random.below(7)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.below(8));
      return copy;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 8))]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 8)), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length + 1))]);
    default: {
      // A digit becomes a number that is out of any range.
      const digit = bytes.subarray(at).findIndex((byte) => byte >= 0x30 && byte <= 0x39);
      if (digit < 0) return bytes;
      const number = Buffer.from(
        random.pick(['-1', '2147483648', '9223372036854775807', '99999999999999999999', '1.5', 'x']),
      );
      return Buffer.concat([bytes.subarray(0, at + digit), number, bytes.subarray(at + digit + 1)]);
    }
  }
}

function withOpaque(header: Buffer, type: number, opaque: number): Buffer {
  if (type === 1) {
    const copy = Buffer.from(header);
    if (copy.length >= 9) copy.writeInt32BE(opaque, 5);
    return copy;
  }
  return Buffer.from(
    header.toString('latin1').replace(/"opaque"\s*:\s*-?\d[\d.eE+-]*/g, `"opaque":${opaque}`),
    'latin1',
  );
}

/** What can be expected when we can read the header ourselves. */
function owedByHeader(header: Buffer, type: number): Owed {
  if (type !== 0)
    return header.length >= 13 && header.readInt32BE(9) === 0 && owedBy(header.readInt16BE(0), {}) === 'answer'
      ? 'answer-or-close'
      : 'any';
  try {
    const { code, flag, opaque, extFields } = JSON.parse(header.toString());
    if (typeof opaque !== 'number' || typeof code !== 'number' || flag !== 0) return 'any';
    return owedBy(code, extFields ?? {}) === 'answer' ? 'answer-or-close' : 'any';
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return 'answer-or-close';
  }
}
