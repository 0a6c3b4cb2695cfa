/** zlib (RFC 1950) by Node's own library. */
import { deflateSync, inflateSync } from 'node:zlib';
import { CompressionError, CompressionType, type Compressor } from './compressor.js';

const SMALLEST_CHUNK_BYTES = 16 * 1024;
const LARGEST_CHUNK_BYTES = 1024 * 1024;
const USUAL_RATIO = 8;

/** Source: ZlibCompressor. */
export class ZlibCompressor implements Compressor {
  readonly type = CompressionType.ZLIB;

  compress(data: Uint8Array, level = 5): Buffer {
    return deflateSync(data, { level });
  }

  decompress(data: Uint8Array, maxOutputBytes: number): Buffer {
    try {
      // Node stops inflating at the limit; it takes none below 1.
      const maxOutputLength = Math.max(1, maxOutputBytes);
      const inflated = inflateSync(data, { maxOutputLength, chunkSize: chunkBytesFor(data.length, maxOutputLength) });
      if (inflated.length <= maxOutputBytes) return inflated;
    } catch (error) {
      if (!isZlibError(error)) throw error;
      if (error.code !== 'ERR_BUFFER_TOO_LARGE') {
        throw new CompressionError(`zlib: ${error.message}`, { cause: error });
      }
    }
    throw new CompressionError(`zlib: more than ${maxOutputBytes} bytes come out`);
  }
}

/**
 * How much is inflated into one buffer. Most data fits the first one, and need
 * not be put together; what inflates to the limit and is refused leaves a few
 * large pieces, which the system gets back, instead of thousands of small ones.
 * They are not too large either: the C library keeps as much free memory to
 * itself as twice the largest piece it has ever got back.
 */
function chunkBytesFor(dataBytes: number, maxOutputBytes: number): number {
  return Math.max(SMALLEST_CHUNK_BYTES, Math.min(dataBytes * USUAL_RATIO, maxOutputBytes, LARGEST_CHUNK_BYTES));
}

/** True for the errors that Node's compression gives for damaged or too large data. */
export function isZlibError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(Z_|ZSTD_|ERR_ZSTD|ERR_BUFFER_TOO_LARGE)/.test(error.code)
  );
}
