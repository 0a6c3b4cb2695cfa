/**
 * The newest queue offset of each key, for one compaction. Keys are held as
 * digests, in a table of bounded memory. Source: CompactionLog.OffsetMap.
 */
import { hash } from 'node:crypto';

/** Words of a digest that are kept: 128 bits. Nobody can make two keys that share them. */
const DIGEST_WORDS = 4;
/** Bytes that a place for a key takes: its digest and an offset. */
const SLOT_BYTES = DIGEST_WORDS * 4 + 8;
const FIRST_SLOTS = 1024;
/** Part of the places that may be taken: beyond it, looking for one takes long. */
const MAX_LOAD = 0.75;
const MIN_CAPACITY = 100;
const FREE = -1;

/** Grows as keys come, up to the memory it may take. */
export class OffsetMap {
  /** Keys that it can hold. */
  readonly capacity: number;
  #digests = new Uint32Array(FIRST_SLOTS * DIGEST_WORDS);
  #offsets = new Float64Array(FIRST_SLOTS).fill(FREE);
  #count = 0;
  #lastOffset = -1;
  readonly #wanted = new Uint32Array(DIGEST_WORDS);

  constructor(memoryBytes: number) {
    this.capacity = Math.max(MIN_CAPACITY, Math.floor((memoryBytes / SLOT_BYTES) * MAX_LOAD));
  }

  /** Number of keys. */
  get size(): number {
    return this.#count;
  }

  /** The offset that was put last: what the map knows of offsets beyond it is nothing. −1 when empty. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  /** Takes the offset of a key; false, and nothing is taken, when the key is new and there is no room. */
  put(key: string, offset: number): boolean {
    this.#digest(key);
    let slot = this.#find();
    if (this.#offsets[slot] === FREE) {
      if (this.#count >= this.capacity) return false;
      if (this.#count + 1 > this.#offsets.length * MAX_LOAD) {
        this.#grow();
        slot = this.#find();
      }
      this.#digests.set(this.#wanted, slot * DIGEST_WORDS);
      this.#count++;
    }
    this.#offsets[slot] = offset;
    this.#lastOffset = offset;
    return true;
  }

  /** The newest offset of the key; −1 when the key is not known. */
  get(key: string): number {
    this.#digest(key);
    return this.#offsets[this.#find()]!;
  }

  #digest(key: string): void {
    const digest = hash('sha256', key, 'buffer');
    for (let i = 0; i < DIGEST_WORDS; i++) this.#wanted[i] = digest.readUInt32LE(i * 4);
  }

  /** The place of the wanted digest, or the free one where it belongs. */
  #find(): number {
    const digests = this.#digests;
    const [a, b, c, d] = this.#wanted;
    const mask = this.#offsets.length - 1;
    for (let slot = a! & mask; ; slot = (slot + 1) & mask) {
      if (this.#offsets[slot] === FREE) return slot;
      const at = slot * DIGEST_WORDS;
      if (digests[at] === a && digests[at + 1] === b && digests[at + 2] === c && digests[at + 3] === d) return slot;
    }
  }

  #grow(): void {
    const digests = this.#digests;
    const offsets = this.#offsets;
    const wanted = this.#wanted.slice();
    this.#digests = new Uint32Array(digests.length * 2);
    this.#offsets = new Float64Array(offsets.length * 2).fill(FREE);
    for (let old = 0; old < offsets.length; old++) {
      if (offsets[old] === FREE) continue;
      this.#wanted.set(digests.subarray(old * DIGEST_WORDS, (old + 1) * DIGEST_WORDS));
      const slot = this.#find();
      this.#digests.set(this.#wanted, slot * DIGEST_WORDS);
      this.#offsets[slot] = offsets[old]!;
    }
    this.#wanted.set(wanted);
  }
}
