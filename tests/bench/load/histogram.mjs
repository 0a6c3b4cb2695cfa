// Latencies in microseconds, in buckets of about one percent.

const SUB_BITS = 6;
const SUB = 1 << SUB_BITS;
const BUCKETS = 64 * SUB;

/** Counts values and tells quantiles. */
export class Histogram {
  #counts = new Uint32Array(BUCKETS);
  #total = 0;

  /** @param {number} value microseconds */
  add(value) {
    this.#counts[bucketOf(Math.max(0, Math.floor(value)))]++;
    this.#total++;
  }

  /** @param {number} share between 0 and 1 @returns {number | undefined} */
  quantile(share) {
    if (this.#total === 0) return undefined;
    let left = Math.ceil(share * this.#total);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket];
      if (left <= 0) return lowestOf(bucket);
    }
    return undefined;
  }
}

// Values below 64 have a bucket each; above, every power of two is cut into 32.
function bucketOf(value) {
  if (value < SUB) return value;
  const exponent = 31 - Math.clz32(value) - SUB_BITS + 1;
  return Math.min(exponent * (SUB / 2) + (value >>> exponent), BUCKETS - 1);
}

function lowestOf(bucket) {
  if (bucket < SUB) return bucket;
  const exponent = Math.floor((bucket - SUB / 2) / (SUB / 2));
  return (bucket - exponent * (SUB / 2)) * 2 ** exponent;
}
