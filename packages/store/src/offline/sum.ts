/** Tells whether two long lists have the same members, in whatever order, without keeping either. */
export class Sum {
  count = 0;
  #mixed = 0;

  add(hash: number, physicalOffset: number): void {
    this.count++;
    this.#mixed = (this.#mixed + Math.imul(mix(hash, physicalOffset), 0x85ebca6b)) | 0;
  }

  equals(other: Sum): boolean {
    return this.count === other.count && this.#mixed === other.#mixed;
  }
}

/** Mixes a safe integer into a hash. */
export function mix(hash: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000) | 0;
  return hash ^ Math.imul(value | 0, 0x9e3779b1) ^ high;
}
