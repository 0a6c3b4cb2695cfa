/** How message bodies are compressed: the types, what a compressor promises, and where to get one. */
import { MalformedDataError } from '../errors.js';
import { MessageSysFlag } from '../message/sys-flag.js';

/** Compression types by their number in a message's sysFlag. Source: CompressionType. */
export const CompressionType = { LZ4: 1, ZSTD: 2, ZLIB: 3 } as const;
export type CompressionType = (typeof CompressionType)[keyof typeof CompressionType];

/** Data that is not what its format says, or that inflates beyond the limit. */
export class CompressionError extends MalformedDataError {
  override readonly name = 'CompressionError';
}

/** Compresses and decompresses whole bodies, synchronously. */
export interface Compressor {
  readonly type: CompressionType;
  /** `level` is the format's own, the reference's default is 5; LZ4 ignores it. */
  compress(data: Uint8Array, level?: number): Buffer;
  /** Throws `CompressionError` for damaged data, and as soon as more than `maxOutputBytes` would come out. */
  decompress(data: Uint8Array, maxOutputBytes: number): Buffer;
}

/** The compression type in a message's sysFlag; none means zlib, as in old clients. Throws `CompressionError` for an unknown number. */
export function compressionTypeOf(sysFlag: number): CompressionType {
  switch ((sysFlag & MessageSysFlag.COMPRESSION_TYPE_MASK) >> 8) {
    case 0:
    case 3:
      return CompressionType.ZLIB;
    case 1:
      return CompressionType.LZ4;
    case 2:
      return CompressionType.ZSTD;
    default:
      throw new CompressionError(
        `Unknown compress type value: ${(sysFlag & MessageSysFlag.COMPRESSION_TYPE_MASK) >> 8}`,
      );
  }
}

/** The bits of a compression type in a message's sysFlag. */
export function compressionFlag(type: CompressionType): number {
  return type << 8;
}

/** A compression type by its name, in any case. Source: CompressionType#of. */
export function parseCompressionType(name: string): CompressionType {
  switch (name.trim().toUpperCase()) {
    case 'LZ4':
      return CompressionType.LZ4;
    case 'ZSTD':
      return CompressionType.ZSTD;
    case 'ZLIB':
      return CompressionType.ZLIB;
    default:
      throw new CompressionError(`Unsupported compress type name: ${name}`);
  }
}
