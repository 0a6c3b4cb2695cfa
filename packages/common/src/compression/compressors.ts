/** The compressors of a process by their type: zlib and LZ4 at once, Zstandard after it was loaded. */
import { CompressionType, type Compressor } from './compressor.js';
import { Lz4Compressor } from './lz4.js';
import { ZlibCompressor } from './zlib.js';
import { loadZstdCompressor } from './zstd.js';

/**
 * Where compressors come from. `get` answers at once; `load` brings in what
 * `get` does not have yet. A client that reads messages either loads all types
 * before it starts, or decodes without inflating and then loads what it met:
 *
 * ```ts
 * const compressor = compressors.get(type) ?? (await compressors.load(type));
 * ```
 */
export class Compressors {
  readonly #loaded = new Map<CompressionType, Compressor>([
    [CompressionType.ZLIB, new ZlibCompressor()],
    [CompressionType.LZ4, new Lz4Compressor()],
  ]);
  #zstd: Promise<Compressor> | undefined;

  /** The compressor of a type, unless it still has to be loaded. */
  readonly get = (type: CompressionType): Compressor | undefined => this.#loaded.get(type);

  /** The compressor of a type; loads it at most once. Rejects when the library cannot be loaded. */
  async load(type: CompressionType): Promise<Compressor> {
    const loaded = this.#loaded.get(type);
    if (loaded !== undefined) return loaded;
    this.#zstd ??= loadZstdCompressor();
    const zstd = await this.#zstd;
    this.#loaded.set(CompressionType.ZSTD, zstd);
    return zstd;
  }

  /** Loads all types. */
  async loadAll(): Promise<void> {
    await this.load(CompressionType.ZSTD);
  }
}
