/**
 * The memory in which a thread reads and judges blocks of the log: sums and
 * copies are made in it by WebAssembly, at a fraction of what a call into the
 * runtime costs.
 */
import { READ_POSITION, slotPosition } from './block-slots.js';
import { BLOCK_BYTES } from './generated/block-bytes.js';
import { RecordBytes } from './record-bytes.js';
import { CRC_TABLES } from './short-bytes.js';

/** What the module exports; positions are those in its memory. */
interface BlockBytes {
  crc32(at: number, length: number, power: number, register: number): number;
  copy(from: number, to: number, length: number): void;
}

/** Longer stretches are summed in pieces of this. */
const PIECE_BYTES = 16384;
/** For the half of a stretch that is `i` words of eight bytes long, what the sum of the other half is multiplied with. */
const POWERS = crcPowers(PIECE_BYTES / 16);

/** A block as it was read, from which its slot is filled. */
export class BlockMemory extends RecordBytes {
  readonly #module: BlockBytes;
  readonly #slotBytes: number;
  #slot = 0;

  /** Over the memory of `BlockSlots`, which only one thread may judge in. */
  constructor(memory: object, slotBytes: number) {
    const { buffer } = memory as WebAssembly.Memory;
    super(new Uint8Array(buffer, READ_POSITION, slotBytes));
    new Int32Array(buffer, 0, CRC_TABLES.length).set(CRC_TABLES);
    const module = new WebAssembly.Module(Buffer.from(BLOCK_BYTES, 'base64'));
    this.#module = new WebAssembly.Instance(module, { blocks: { memory } }).exports as BlockBytes;
    this.#slotBytes = slotBytes;
  }

  /** The slot that is filled from now on. */
  set slot(index: number) {
    this.#slot = slotPosition(index, this.#slotBytes);
  }

  override crc32(at: number, length: number): number {
    let register = -1;
    let left = length;
    let from = READ_POSITION + at;
    while (left > PIECE_BYTES) {
      register = this.#module.crc32(from, PIECE_BYTES, POWERS[PIECE_BYTES / 16]!, register);
      from += PIECE_BYTES;
      left -= PIECE_BYTES;
    }
    return ~this.#module.crc32(from, left, POWERS[left >>> 4]!, register) & 0x7fffffff;
  }

  /** Copies the bytes `[at, at + length)` to a place in the slot. */
  fill(at: number, place: number, length: number): void {
    this.#module.copy(READ_POSITION + at, this.#slot + place, length);
  }
}

/** x^(64 i) modulo the polynomial of CRC-32, for i from 0 to `count`. */
function crcPowers(count: number): Int32Array {
  const powers = new Int32Array(count + 1);
  let power = 1 << 31;
  for (let i = 0; i <= count; i++) {
    powers[i] = power;
    for (let byte = 0; byte < 8; byte++) power = (power >>> 8) ^ CRC_TABLES[power & 0xff]!;
  }
  return powers;
}
