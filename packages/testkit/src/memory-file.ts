// The content of one simulated file: what the running system sees, and what a loss of power would leave of it.
import type { SeededRandom } from './seeded-random.js';
import { SparseBytes } from './sparse-bytes.js';

/** The unit that a disk writes wholly or not at all. */
const SECTOR_SIZE_BYTES = 512;
/** As a kernel does, old changes are written back unasked once this much waits. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly sizeBytes: number };

/**
 * How much of the waiting changes a crash leaves: none, all, those before one
 * moment, or for each page or sector those before a moment of its own, so that
 * later writes may be there and earlier ones not.
 */
type Survival = 'none' | 'all' | 'prefix' | 'pages' | 'sectors';
const SURVIVALS: readonly Survival[] = ['none', 'all', 'prefix', 'pages', 'sectors', 'sectors'];

/** One inode. `sizeBytes` is what the running system sees. */
export class MemoryFile {
  sizeBytes = 0;
  modifiedMs = 0;
  /** Whether a name leads here; a file without one takes no space that counts. */
  linked = true;
  #content = new SparseBytes();
  #durable = new SparseBytes();
  #durableSizeBytes = 0;
  #waiting: Change[] = [];
  #waitingBytes = 0;
  /** Number of the first waiting change; changes are numbered through the life of the file. */
  #firstWaiting = 0;

  get pageCount(): number {
    return this.#content.pageCount;
  }

  missingPages(position: number, length: number): number {
    return this.#content.missingPages(position, length);
  }

  write(source: Uint8Array, offset: number, length: number, position: number): void {
    if (length === 0) return;
    this.#content.write(source, offset, length, position);
    this.sizeBytes = Math.max(this.sizeBytes, position + length);
    this.#waiting.push({
      kind: 'write',
      position,
      bytes: Uint8Array.prototype.slice.call(source, offset, offset + length),
    });
    this.#waitingBytes += length;
    if (this.#waitingBytes > MAX_WAITING_BYTES)
      this.makeDurable(this.#firstWaiting + Math.ceil(this.#waiting.length / 2));
  }

  /** Reads up to the end of the file; answers how many bytes there were. */
  read(target: Uint8Array, offset: number, length: number, position: number): number {
    const count = Math.max(0, Math.min(length, this.sizeBytes - position));
    this.#content.read(target, offset, count, position);
    return count;
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) this.#content.cut(sizeBytes);
    this.sizeBytes = sizeBytes;
    this.#waiting.push({ kind: 'truncate', sizeBytes });
  }

  /** The number that the next change gets: what is below it exists now. */
  get nextChange(): number {
    return this.#firstWaiting + this.#waiting.length;
  }

  /** Makes all changes below number `end` safe from a loss of power. */
  makeDurable(end: number): void {
    const count = Math.max(0, end - this.#firstWaiting);
    const changes = this.#waiting.splice(0, count);
    this.#firstWaiting += changes.length;
    for (const change of changes) {
      this.#durableSizeBytes = apply(change, this.#durable, this.#durableSizeBytes);
      if (change.kind === 'write') this.#waitingBytes -= change.bytes.length;
    }
  }

  /** Makes the content what a disk might hold after a loss of power at this moment. */
  crash(random: SeededRandom): void {
    const survival = random.pick(SURVIVALS);
    if (survival === 'none') this.#waiting = [];
    if (survival === 'prefix') this.#waiting.length = random.nextInt(this.#waiting.length + 1);
    if (survival === 'none' || survival === 'all' || survival === 'prefix') this.makeDurable(this.nextChange);
    else this.#makePartlyDurable(random, survival === 'pages' ? 4096 : SECTOR_SIZE_BYTES);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#content = this.#durable.copy();
    this.sizeBytes = this.#durableSizeBytes;
  }

  /**
   * For each unit of the file a moment is drawn: changes before it reached the
   * unit, later ones did not (a disk gets whole units, so a later change never
   * comes without an earlier one to the same unit). The size has its own moment,
   * which also rules truncations.
   */
  #makePartlyDurable(random: SeededRandom, unitBytes: number): void {
    const moments = new Map<number, number>();
    const sizeMoment = random.nextInt(this.#waiting.length + 1);
    let sizeBytes = this.#durableSizeBytes;
    for (const [index, change] of this.#waiting.entries()) {
      if (index < sizeMoment)
        sizeBytes = change.kind === 'truncate' ? change.sizeBytes : Math.max(sizeBytes, endOf(change));
      if (change.kind === 'truncate') {
        if (index < sizeMoment) this.#durable.cut(change.sizeBytes);
        continue;
      }
      for (const [unit, start, end] of unitsOf(change, unitBytes)) {
        let moment = moments.get(unit);
        if (moment === undefined) {
          moment = random.nextInt(this.#waiting.length + 1);
          moments.set(unit, moment);
        }
        if (index < moment) this.#durable.write(change.bytes, start - change.position, end - start, start);
      }
    }
    // Sectors beyond the size that survived are not part of the file.
    this.#durable.cut(sizeBytes);
    this.#durableSizeBytes = sizeBytes;
  }
}

function apply(change: Change, content: SparseBytes, sizeBytes: number): number {
  if (change.kind === 'write') {
    content.write(change.bytes, 0, change.bytes.length, change.position);
    return Math.max(sizeBytes, endOf(change));
  }
  if (change.sizeBytes < sizeBytes) content.cut(change.sizeBytes);
  return change.sizeBytes;
}

function endOf(change: { position: number; bytes: Uint8Array }): number {
  return change.position + change.bytes.length;
}

/** The units of the file that a write touches, each with the range of the write in it. */
function* unitsOf(
  change: { position: number; bytes: Uint8Array },
  unitBytes: number,
): Generator<[unit: number, start: number, end: number]> {
  const end = endOf(change);
  for (let start = change.position; start < end; ) {
    const unit = Math.floor(start / unitBytes);
    const unitEnd = Math.min(end, (unit + 1) * unitBytes);
    yield [unit, start, unitEnd];
    start = unitEnd;
  }
}
