import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage } from '../message/message-codec.js';
import {
  CompressionError,
  CompressionType,
  type Compressor,
  compressionFlag,
  compressionTypeOf,
  parseCompressionType,
} from './compressor.js';
import { Compressors } from './compressors.js';
import { Lz4Compressor } from './lz4.js';
import { xxh32 } from './xxh32.js';
import { zstdContentSize } from './zstd.js';

interface GoldenCompression {
  readonly type: 'LZ4' | 'ZSTD' | 'ZLIB';
  readonly typeValue: number;
  readonly sysFlagBits: number;
  readonly plain: string;
  readonly plainHex: string;
  readonly compressed: string;
}

const golden: GoldenCompression[] = JSON.parse(
  readFileSync(new URL('testdata/compression.json', import.meta.url), 'utf8'),
);
const messages: {
  readonly encode: { readonly encoded: string; readonly compressed?: string; readonly decoded: unknown }[];
} = JSON.parse(readFileSync(new URL('../message/testdata/messages.json', import.meta.url), 'utf8'));

const compressors = new Compressors();
const types = Object.values(CompressionType);
const LIMIT = 1 << 24;

beforeAll(() => compressors.loadAll());

function compressorOf(type: CompressionType): Compressor {
  const compressor = compressors.get(type);
  if (compressor === undefined) throw new Error(`type ${type} is not loaded`);
  return compressor;
}

/** Text with repetitions, some far apart, and noise: a bit of everything a match finder meets. */
function sampleText(length: number): Buffer {
  const parts: string[] = [];
  for (let i = 0, size = 0; size < length; i++) {
    const part = `{"order":${(i * 7919) % 10007},"name":"customer ${i % 13}","note":"${'ab'.repeat(i % 17)}"},`;
    parts.push(part);
    size += part.length;
  }
  return Buffer.from(parts.join('')).subarray(0, length);
}

describe('against the reference', () => {
  test.each(golden.map((entry) => [entry.type, entry.plain, entry] as const))(
    '%s of "%s" is inflated',
    (_t, _p, entry) => {
      const type = parseCompressionType(entry.type.toLowerCase());
      expect(type).toBe(entry.typeValue);
      expect(compressionFlag(type)).toBe(entry.sysFlagBits);
      expect(compressionTypeOf(entry.sysFlagBits)).toBe(type);
      const inflated = compressorOf(type).decompress(Buffer.from(entry.compressed, 'hex'), LIMIT);
      expect(inflated.toString('hex')).toBe(entry.plainHex);
    },
  );

  test.each(golden.map((entry) => [entry.type, entry.plain, entry] as const))(
    '%s of "%s" goes there and back',
    (_t, _p, entry) => {
      const compressor = compressorOf(parseCompressionType(entry.type));
      const plain = Buffer.from(entry.plainHex, 'hex');
      expect(compressor.decompress(compressor.compress(plain), plain.length).equals(plain)).toBe(true);
    },
  );

  test('the reference and we write the same frame for nothing', () => {
    const entry = golden.find(({ type, plainHex }) => type === 'LZ4' && plainHex === '')!;
    expect(new Lz4Compressor().compress(Buffer.alloc(0)).toString('hex')).toBe(entry.compressed);
  });

  test('compressed messages are inflated when they are decoded', () => {
    const compressed = messages.encode.filter((entry) => entry.compressed !== undefined);
    expect(compressed).toHaveLength(3);
    for (const entry of compressed) {
      const bytes = Buffer.from(entry.encoded, 'hex');
      const decoded = entry.decoded as { body: string; sysFlag: number };
      const message = decodeMessage(bytes, 0, { compressorOf: compressors.get });
      expect(message.body.toString('hex')).toBe(decoded.body);
      expect(message.sysFlag).toBe(decoded.sysFlag);
      expect(decodeMessage(bytes).sysFlag).toBe(decoded.sysFlag | 1);
      expect(() => decodeMessage(bytes, 0, { compressorOf: compressors.get, maxBodyBytes: 10 })).toThrow(
        /does not inflate/,
      );
    }
  });

  test('unknown types and names are refused', () => {
    expect(() => compressionTypeOf(0x400)).toThrow('Unknown compress type value: 4');
    expect(() => parseCompressionType('gzip')).toThrow('Unsupported compress type name: gzip');
    expect(compressionTypeOf(0)).toBe(CompressionType.ZLIB);
  });
});

describe('xxHash32', () => {
  test.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of "%s" is the published value', (text, hash) => {
    expect(xxh32(Buffer.from(text))).toBe(hash);
  });
});

describe.each(types)('compression type %i', (type) => {
  test.each([0, 1, 5, 11, 12, 13, 20, 100, 4096, 70_000, 300_000])(
    '%i bytes go there and back, and the limit holds to the byte',
    (length) => {
      const compressor = compressorOf(type);
      const plain = sampleText(length);
      const compressed = compressor.compress(plain);
      expect(compressor.decompress(compressed, length).equals(plain)).toBe(true);
      if (length > 0) expect(() => compressor.decompress(compressed, length - 1)).toThrow(CompressionError);
      if (length > 1000) expect(compressed.length).toBeLessThan(length / 2);
    },
  );

  test('a small body that inflates to much is stopped at the limit', () => {
    const compressed = compressorOf(type).compress(Buffer.alloc(8 << 20));
    expect(compressed.length).toBeLessThan(40_000);
    expect(() => compressorOf(type).decompress(compressed, 1 << 20)).toThrow(CompressionError);
  });

  test('any bytes go there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000, size: 'max' }), fc.nat(3), (noise, repeat) => {
        const plain = Buffer.concat(Array.from({ length: repeat + 1 }, () => noise));
        const compressor = compressorOf(type);
        expect(compressor.decompress(compressor.compress(plain), plain.length).equals(plain)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('damaged, cut or foreign bytes give data or a CompressionError', () => {
    const seed = compressorOf(type).compress(sampleText(900));
    const attempt = (data: Uint8Array) => {
      try {
        expect(compressorOf(type).decompress(data, 4096).length).toBeLessThanOrEqual(4096);
      } catch (error) {
        if (!(error instanceof CompressionError)) throw error;
      }
    };
    for (let end = 0; end < seed.length; end++) attempt(seed.subarray(0, end));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (changes) => {
          const data = Buffer.from(seed);
          for (const [at, value] of changes) data[at] = value;
          attempt(data);
        },
      ),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), attempt), { numRuns: 500 });
  });
});

describe('LZ4 frames of other writers', () => {
  const lz4 = new Lz4Compressor();
  const frame = (
    flags: number,
    blocks: readonly Buffer[],
    tail: Buffer = Buffer.alloc(0),
    extra: Buffer = Buffer.alloc(0),
  ) => {
    const descriptor = Buffer.concat([Buffer.of(flags, 0x40), extra]);
    const checksum = Buffer.of((xxh32(descriptor) >>> 8) & 0xff);
    return Buffer.concat([Buffer.from('04224d18', 'hex'), descriptor, checksum, ...blocks, Buffer.alloc(4), tail]);
  };
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  const stored = (text: string) => Buffer.concat([int32(text.length | 0x8000_0000), Buffer.from(text)]);

  test('checksums of content and blocks are checked', () => {
    const content = Buffer.from('hello');
    const checksum = int32(xxh32(content));
    expect(lz4.decompress(frame(0x64, [stored('hello')], checksum), 10).toString()).toBe('hello');
    expect(() => lz4.decompress(frame(0x64, [stored('hellO')], checksum), 10)).toThrow('checksum of the content');
    expect(lz4.decompress(frame(0x70, [stored('hello'), checksum]), 10).toString()).toBe('hello');
    expect(() => lz4.decompress(frame(0x70, [stored('hellO'), checksum]), 10)).toThrow('checksum of a block');
  });

  test('a block may reach into the one before when blocks are linked, and not otherwise', () => {
    // Literals "!", then 8 bytes from 8 back; then the closing literals "....." of the format.
    const linked = Buffer.concat([
      int32(10),
      Buffer.from('1421', 'hex'),
      Buffer.from('0800', 'hex'),
      Buffer.from('502e2e2e2e2e', 'hex'),
    ]);
    expect(lz4.decompress(frame(0x40, [stored('abcdefgh'), linked]), 100).toString()).toBe('abcdefgh!bcdefgh!.....');
    expect(() => lz4.decompress(frame(0x60, [stored('abcdefgh'), linked]), 100)).toThrow('reaches outside');
  });

  test('a content size is held to', () => {
    const size = (bytes: number) => Buffer.concat([int32(bytes), int32(0)]);
    expect(lz4.decompress(frame(0x68, [stored('hello')], undefined, size(5)), 10).toString()).toBe('hello');
    expect(() => lz4.decompress(frame(0x68, [stored('hello')], undefined, size(6)), 10)).toThrow('another size');
    expect(() => lz4.decompress(frame(0x68, [stored('hello')], undefined, size(11)), 10)).toThrow('more than 10 bytes');
  });

  test('frames may follow each other, and skippable ones are skipped', () => {
    const skippable = Buffer.concat([int32(0x184d_2a53), int32(3), Buffer.from('xyz')]);
    const data = Buffer.concat([frame(0x60, [stored('one ')]), skippable, frame(0x60, [stored('two')])]);
    expect(lz4.decompress(data, 10).toString()).toBe('one two');
  });

  test('more than one block of 4 MiB is written and read', () => {
    const plain = sampleText(9 << 20);
    expect(lz4.decompress(lz4.compress(plain), plain.length).equals(plain)).toBe(true);
  });
});

test('a zstd compressor goes on working when another one is loaded', async () => {
  const data = Buffer.alloc(10_000, 'what everybody sends ');
  const first = await new Compressors().load(CompressionType.ZSTD);
  await new Compressors().load(CompressionType.ZSTD);
  expect(first.decompress(first.compress(data), data.length).equals(data)).toBe(true);
});

test('a zstd frame that announces more than the limit is refused before anything is allocated', () => {
  const frame = Buffer.from('28b52ffde0ffffffffffffff7f010000', 'hex');
  expect(zstdContentSize(frame)).toBeGreaterThan(2 ** 60);
  expect(() => compressorOf(CompressionType.ZSTD).decompress(frame, LIMIT)).toThrow(CompressionError);
});
