/** MurmurHash3 (x64, 128 bits, seed 0), as far as the bloom filter needs it. Not for hot paths: it works with bigints. */

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;
const BLOCK_BYTES = 16;

/** The first 64 bits of the hash, unsigned. Source: Guava's `murmur3_128().hashBytes(bytes).asLong()`. */
export function murmur3First64(bytes: Uint8Array): bigint {
  // The tail counts as a block that is filled up with zeros, but it does not stir the state.
  const padded = new Uint8Array(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  let h1 = 0n;
  let h2 = 0n;
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) {
    h1 ^= mixFirst(view.getBigUint64(offset, true));
    if (offset + BLOCK_BYTES <= bytes.length) h1 = u64(u64(rotateLeft(h1, 27n) + h2) * 5n + 0x52dce729n);
    h2 ^= mixSecond(view.getBigUint64(offset + 8, true));
    if (offset + BLOCK_BYTES <= bytes.length) h2 = u64(u64(rotateLeft(h2, 31n) + h1) * 5n + 0x38495ab5n);
  }
  return finish(h1 ^ BigInt(bytes.length), h2 ^ BigInt(bytes.length));
}

function finish(first: bigint, second: bigint): bigint {
  const h1 = u64(first + second);
  const h2 = u64(second + h1);
  return u64(finalMix(h1) + finalMix(h2));
}

function mixFirst(k1: bigint): bigint {
  return u64(rotateLeft(u64(k1 * C1), 31n) * C2);
}

function mixSecond(k2: bigint): bigint {
  return u64(rotateLeft(u64(k2 * C2), 33n) * C1);
}

function finalMix(k: bigint): bigint {
  let mixed = u64((k ^ (k >> 33n)) * 0xff51afd7ed558ccdn);
  mixed = u64((mixed ^ (mixed >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return mixed ^ (mixed >> 33n);
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return u64((value << bits) | (value >> (64n - bits)));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
