/** Zstandard: by Node's own library where it has one (22.15 and later), otherwise by WebAssembly, which has to be loaded first. */
import * as zlib from 'node:zlib';
import { CompressionError, CompressionType, type Compressor } from './compressor.js';
import { isZlibError } from './zlib.js';

/** What newer versions of `node:zlib` have and the types of older ones do not know. */
interface NodeZstd {
  zstdCompressSync(data: Uint8Array, options: { readonly params: Record<number, number> }): Buffer;
  zstdDecompressSync(data: Uint8Array, options: { readonly maxOutputLength: number }): Buffer;
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
}

/** What is used of the WebAssembly library; it writes to `defaultHeapSize` bytes when a frame does not say its size. */
export interface WasmZstd {
  compress(data: Uint8Array, level?: number): Uint8Array;
  decompress(data: Uint8Array, options: { readonly defaultHeapSize: number }): Uint8Array;
}

/** Gives the compressor for Zstandard, after loading it where that is needed. Source: ZstdCompressor. */
export async function loadZstdCompressor(): Promise<Compressor> {
  const native = zlib as unknown as Partial<NodeZstd>;
  if (native.zstdCompressSync !== undefined && native.zstdDecompressSync !== undefined) {
    return new NodeZstdCompressor(native as NodeZstd);
  }
  wasmZstd ??= initWasmZstd();
  return new WasmZstdCompressor(await wasmZstd);
}

/** The library has one memory per process: a second `init` takes it from under whoever compresses already. */
let wasmZstd: Promise<WasmZstd> | undefined;

async function initWasmZstd(): Promise<WasmZstd> {
  try {
    const wasm = await import('@bokuweb/zstd-wasm');
    await wasm.init();
    return wasm;
  } catch (error) {
    wasmZstd = undefined;
    throw error;
  }
}

/** By `node:zlib`. */
class NodeZstdCompressor implements Compressor {
  readonly type = CompressionType.ZSTD;
  readonly #zstd: NodeZstd;

  constructor(zstd: NodeZstd) {
    this.#zstd = zstd;
  }

  compress(data: Uint8Array, level = 5): Buffer {
    return this.#zstd.zstdCompressSync(data, { params: { [this.#zstd.constants.ZSTD_c_compressionLevel]: level } });
  }

  decompress(data: Uint8Array, maxOutputBytes: number): Buffer {
    try {
      const inflated = this.#zstd.zstdDecompressSync(data, { maxOutputLength: Math.max(1, maxOutputBytes) });
      if (inflated.length <= maxOutputBytes) return inflated;
    } catch (error) {
      if (!isZlibError(error)) throw error;
      if (error.code !== 'ERR_BUFFER_TOO_LARGE') throw damaged(error.message, error);
    }
    throw tooLarge(maxOutputBytes);
  }
}

const FRAME_MAGIC = 0xfd2f_b528;
const FIRST_GUESS_BYTES = 64 * 1024;

/** By WebAssembly. Its output has one fixed size per attempt, so that the limit holds while it inflates. */
export class WasmZstdCompressor implements Compressor {
  readonly type = CompressionType.ZSTD;
  readonly #zstd: WasmZstd;

  constructor(zstd: WasmZstd) {
    this.#zstd = zstd;
  }

  compress(data: Uint8Array, level = 5): Buffer {
    return asBuffer(this.#zstd.compress(data, level));
  }

  decompress(data: Uint8Array, maxOutputBytes: number): Buffer {
    const contentBytes = zstdContentSize(data);
    if (contentBytes === 0) return Buffer.alloc(0);
    if (contentBytes !== undefined) {
      if (contentBytes > maxOutputBytes) throw tooLarge(maxOutputBytes);
      const inflated = this.#attempt(data, contentBytes);
      if (typeof inflated === 'string') throw damaged(inflated);
      return inflated;
    }
    // The reference's frames do not say their size, and "too small" cannot be told from "damaged": grow up to the limit.
    const limit = Math.max(1, maxOutputBytes);
    for (let room = Math.min(limit, Math.max(FIRST_GUESS_BYTES, data.length * 8)); ; room = Math.min(limit, room * 8)) {
      const inflated = this.#attempt(data, room);
      if (typeof inflated !== 'string' && inflated.length <= maxOutputBytes) return inflated;
      if (room === limit) throw damaged(`damaged, or more than ${maxOutputBytes} bytes come out`);
    }
  }

  /** The inflated data, or what is wrong. */
  #attempt(data: Uint8Array, room: number): Buffer | string {
    try {
      return asBuffer(this.#zstd.decompress(data, { defaultHeapSize: room }));
    } catch (error) {
      // The library throws nothing but plain errors for what zstd refuses; an aborted instance is not among them.
      if (error instanceof Error && error.message.startsWith('Failed to compress with code')) return error.message;
      throw error;
    }
  }
}

/**
 * The size that a Zstandard frame says its content has; `undefined` when it says
 * none. Throws `CompressionError` for what is not a frame, and for frames with a dictionary.
 *
 * ```
 * 4      magic 0xFD2FB528         little-endian
 * 1      descriptor: size bytes code (2), single segment (1), unused (2), checksum (1), dictionary id code (2)
 * 0/1    window, unless single segment
 * 0-4    dictionary id
 * 0-8    content size; of 2 bytes: less 256
 * ```
 */
export function zstdContentSize(data: Uint8Array): number | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < 6 || view.getUint32(0, true) !== FRAME_MAGIC) throw damaged('this is not a zstd frame');
  const descriptor = data[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x03) !== 0) throw damaged('frames with a dictionary are not supported');
  const at = isSingleSegment ? 5 : 6;
  const sizeBytes = descriptor >>> 6 === 0 ? (isSingleSegment ? 1 : 0) : 1 << (descriptor >>> 6);
  if (at + sizeBytes > data.length) throw damaged('the frame is cut off');
  switch (sizeBytes) {
    case 0:
      return undefined;
    case 1:
      return data[at]!;
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    default:
      return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
  }
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function tooLarge(maxOutputBytes: number): CompressionError {
  return new CompressionError(`zstd: more than ${maxOutputBytes} bytes come out`);
}

function damaged(what: string, cause?: unknown): CompressionError {
  return new CompressionError(`zstd: ${what}`, cause === undefined ? {} : { cause });
}
