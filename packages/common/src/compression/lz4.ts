/** LZ4 in its frame format, as the reference's clients write it, in plain TypeScript. */
import { CompressionError, CompressionType, type Compressor } from './compressor.js';
import { decodeLz4Block, Lz4BlockEncoder, Lz4Output, maxBlockBytes } from './lz4-block.js';
import { xxh32 } from './xxh32.js';

const FRAME_MAGIC = 0x184d_2204;
const SKIPPABLE_MAGIC = 0x184d_2a50;
const UNCOMPRESSED = 0x8000_0000;
/** Version 1, independent blocks; blocks of at most 4 MiB: what the reference writes. */
const FLAGS = 0x60;
const BLOCK_DESCRIPTOR = 0x70;
const BLOCK_BYTES = 4 * 1024 * 1024;
const FLAG_INDEPENDENT = 0x20;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_DICTIONARY = 0x01;
const HISTORY_BYTES = 65536;

/**
 * A frame:
 *
 * ```
 * 4      magic 0x184D2204        all little-endian
 * 1      flags: version 01, independent, block checksum, content size, content checksum, 0, dictionary
 * 1      block descriptor: largest block in bits 4 to 6 (4: 64 KiB … 7: 4 MiB)
 * 0/8    content size
 * 1      second byte of xxHash32 of the descriptor
 * blocks: 4 length (high bit: not compressed), data, 0/4 xxHash32 of the data
 * 4      0, the end
 * 0/4    xxHash32 of the content
 * ```
 * Source: Lz4Compressor, LZ4 frame format 1.6.2.
 */
export class Lz4Compressor implements Compressor {
  readonly type = CompressionType.LZ4;
  readonly #encoder = new Lz4BlockEncoder();

  compress(data: Uint8Array): Buffer {
    const blocks = Math.ceil(data.length / BLOCK_BYTES);
    const target = Buffer.allocUnsafe(11 + blocks * 4 + maxBlockBytes(data.length) + blocks * 16);
    target.writeUInt32LE(FRAME_MAGIC, 0);
    target[4] = FLAGS;
    target[5] = BLOCK_DESCRIPTOR;
    target[6] = descriptorChecksum(target, 4, 6);
    let at = 7;
    for (let start = 0; start < data.length; start += BLOCK_BYTES) {
      at = this.#putBlock(data, start, Math.min(start + BLOCK_BYTES, data.length), target, at);
    }
    at = target.writeUInt32LE(0, at);
    // The bound is generous: a body that is kept should not keep it all.
    return Buffer.from(target.subarray(0, at));
  }

  decompress(data: Uint8Array, maxOutputBytes: number): Buffer {
    const reader = new FrameReader(data);
    const output = new Lz4Output(Math.min(data.length * 4 + 64, 1 << 22), maxOutputBytes);
    do reader.readFrame(output, maxOutputBytes);
    while (!reader.atEnd);
    return output.bytes.subarray(0, output.length);
  }

  #putBlock(data: Uint8Array, start: number, end: number, target: Buffer, at: number): number {
    const size = end - start;
    const blockEnd = this.#encoder.encode(data, start, end, target, at + 4);
    if (blockEnd - at - 4 < size) {
      target.writeUInt32LE(blockEnd - at - 4, at);
      return blockEnd;
    }
    target.writeUInt32LE((size | UNCOMPRESSED) >>> 0, at);
    target.set(data.subarray(start, end), at + 4);
    return at + 4 + size;
  }
}

interface FrameDescriptor {
  readonly flags: number;
  readonly blockBytes: number;
  readonly contentBytes: number | undefined;
}

/** Reads frames one behind the other, every length checked. */
class FrameReader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#data.length;
  }

  readFrame(output: Lz4Output, maxOutputBytes: number): void {
    const magic = this.#uint32();
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#skip(this.#uint32());
      return;
    }
    if (magic !== FRAME_MAGIC) throw damaged('this is not an LZ4 frame');
    const descriptor = this.#descriptor();
    const { contentBytes } = descriptor;
    const start = output.length;
    if (contentBytes !== undefined && contentBytes > maxOutputBytes - start) {
      throw new CompressionError(`LZ4: more than ${maxOutputBytes} bytes come out`);
    }
    this.#blocks(descriptor, output);
    if (
      (descriptor.flags & FLAG_CONTENT_CHECKSUM) !== 0 &&
      this.#uint32() !== xxh32(output.bytes, start, output.length)
    ) {
      throw damaged('the checksum of the content is wrong');
    }
    if (contentBytes !== undefined && output.length - start !== contentBytes) {
      throw damaged('the content has another size than its frame says');
    }
  }

  #descriptor(): FrameDescriptor {
    const start = this.#at;
    const flags = this.#byte();
    const block = this.#byte();
    const blockSize = (block >>> 4) & 7;
    if (flags >>> 6 !== 1 || (flags & 0x02) !== 0) throw damaged(`frame flags 0x${flags.toString(16)} are unknown`);
    if ((flags & FLAG_DICTIONARY) !== 0) throw damaged('frames with a dictionary are not supported');
    if ((block & 0x8f) !== 0 || blockSize < 4) throw damaged(`block descriptor 0x${block.toString(16)} is unknown`);
    let contentBytes: number | undefined;
    if ((flags & FLAG_CONTENT_SIZE) !== 0) contentBytes = this.#uint32() + this.#uint32() * 0x1_0000_0000;
    if (descriptorChecksum(this.#data, start, this.#at) !== this.#byte()) {
      throw damaged('the checksum of the frame header is wrong');
    }
    return { flags, blockBytes: 1 << (8 + 2 * blockSize), contentBytes };
  }

  #blocks({ flags, blockBytes }: FrameDescriptor, output: Lz4Output): void {
    const frameStart = output.length;
    for (let header = this.#uint32(); header !== 0; header = this.#uint32()) {
      const length = header & 0x7fff_ffff;
      const start = this.#at;
      if (length > blockBytes) throw damaged('a block is larger than its frame says');
      this.#skip(length);
      if ((header & UNCOMPRESSED) !== 0) putUncompressed(output, this.#data.subarray(start, this.#at));
      else {
        const isIndependent = (flags & FLAG_INDEPENDENT) !== 0;
        const historyStart = isIndependent ? output.length : Math.max(frameStart, output.length - HISTORY_BYTES);
        decodeLz4Block(this.#data, start, this.#at, output, { historyStart, maxBlockBytes: blockBytes });
      }
      if ((flags & FLAG_BLOCK_CHECKSUM) !== 0 && this.#uint32() !== xxh32(this.#data, start, start + length)) {
        throw damaged('the checksum of a block is wrong');
      }
    }
  }

  #byte(): number {
    if (this.#at >= this.#data.length) throw damaged('the frame is cut off');
    return this.#data[this.#at++]!;
  }

  #uint32(): number {
    const at = this.#at;
    this.#skip(4);
    return this.#view.getUint32(at, true);
  }

  #skip(length: number): void {
    if (length > this.#data.length - this.#at) throw damaged('the frame is cut off');
    this.#at += length;
  }
}

function putUncompressed(output: Lz4Output, block: Uint8Array): void {
  const end = output.length + block.length;
  if (end > output.bytes.length) output.grow(end);
  output.bytes.set(block, output.length);
  output.length = end;
}

function descriptorChecksum(data: Uint8Array, start: number, end: number): number {
  return (xxh32(data, start, end) >>> 8) & 0xff;
}

function damaged(what: string): CompressionError {
  return new CompressionError(`LZ4: ${what}`);
}
