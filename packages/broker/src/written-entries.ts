/** The text of a table in a configuration file, kept in bytes: a change of one entry costs the text of that one. */
import { type WritableJson, WrittenJson, writeJson } from '@rocketmq-ts/common';

/** Where the entries of a table stand in its file. */
const INDENT = '\t\t';
/** Stands where the table goes; in JSON it can only stand escaped. */
const PLACE = '\0';
/** What a table that has outgrown its memory gets, as a part of its size. */
const GROWTH = 1.5;
const NOTHING = Buffer.alloc(0);

/**
 * Compares the table with what it was, entry by entry, and writes only what lies
 * between the first and the last that changed. Entries are replaced, never changed.
 */
export class WrittenEntries<T extends object> {
  readonly #write: (entry: T) => WritableJson;
  #names: readonly string[] = [];
  #entries: readonly T[] = [];
  /** Bytes of each entry in `#memory`, with the comma and the line break before it. */
  #sizes: readonly number[] = [];
  #memory: Buffer = NOTHING;

  constructor(write: (entry: T) => WritableJson) {
    this.#write = write;
  }

  /** The file that `file` writes around the table, in pieces that hold until the next call. */
  pieces(entries: ReadonlyMap<string, T>, file: (table: WrittenJson) => WritableJson): readonly Uint8Array[] {
    const text = writeJson(file(new WrittenJson(PLACE)), { pretty: true });
    const at = text.indexOf(PLACE);
    const [head, tail] = [text.slice(0, at), text.slice(at + PLACE.length)];
    if (entries.size === 0) return [Buffer.from(`${head}{}${tail}`)];
    const sizeBytes = this.#update(entries);
    // Before the first entry stands no comma.
    return [Buffer.from(`${head}{`), this.#memory.subarray(1, sizeBytes), Buffer.from(`\n\t}${tail}`)];
  }

  /** Brings the memory up to the table; how much of it that takes. */
  #update(table: ReadonlyMap<string, T>): number {
    const names = [...table.keys()];
    const entries = [...table.values()];
    const isSame = (before: number, now: number) =>
      this.#entries[before] === entries[now] && this.#names[before] === names[now];
    const [before, now] = [this.#entries.length, entries.length];
    const most = Math.min(before, now);
    let first = 0;
    while (first < most && isSame(first, first)) first++;
    let last = 0;
    while (last < most - first && isSame(before - 1 - last, now - 1 - last)) last++;
    const changed: Buffer[] = [];
    for (let i = first; i < now - last; i++) changed.push(this.#bytesOf(names[i]!, entries[i]!));
    const sizes = this.#sizes;
    const sizeBytes = this.#replace(sum(sizes, 0, first), sum(sizes, first, before - last), changed, sum(sizes));
    this.#sizes = [...sizes.slice(0, first), ...changed.map(({ length }) => length), ...sizes.slice(before - last)];
    this.#names = names;
    this.#entries = entries;
    return sizeBytes;
  }

  #bytesOf(name: string, entry: T): Buffer {
    const text = writeJson(this.#write(entry), { pretty: true, indent: INDENT });
    return Buffer.from(`,\n${INDENT}${JSON.stringify(name)}:${text}`);
  }

  /** Puts `pieces` where `removedBytes` stand at `start`, of `usedBytes`; how many are used then. */
  #replace(start: number, removedBytes: number, pieces: readonly Buffer[], usedBytes: number): number {
    const addedBytes = pieces.reduce((bytes, { length }) => bytes + length, 0);
    const sizeBytes = usedBytes - removedBytes + addedBytes;
    if (sizeBytes > this.#memory.length) {
      const memory = Buffer.allocUnsafeSlow(Math.ceil(sizeBytes * GROWTH));
      this.#memory.copy(memory, 0, 0, usedBytes);
      this.#memory = memory;
    }
    this.#memory.copyWithin(start + addedBytes, start + removedBytes, usedBytes);
    let at = start;
    for (const piece of pieces) at += piece.copy(this.#memory, at);
    return sizeBytes;
  }
}

function sum(sizes: readonly number[], from = 0, to = sizes.length): number {
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += sizes[i]!;
  return bytes;
}
