import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSparseEntry, SPARSE_ENTRY_SIZE_BYTES, writeEndEntry, writeSparseEntry } from './sparse-entry.js';

const offset = fc.nat({ max: 2 ** 50 });
const entries = fc.record({
  physicalOffset: offset,
  sizeBytes: fc.integer({ min: 1, max: 0x7fffffff }),
  tagsCode: fc.integer(),
  storeTimestamp: offset,
  queueOffset: offset,
});

describe('an entry of a compaction queue', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const bytes = new Uint8Array(SPARSE_ENTRY_SIZE_BYTES + 3);
        writeSparseEntry(bytes, 3, entry);
        expect(readSparseEntry(bytes, 3)).toEqual({ ...entry, messageCount: 1 });
      }),
    );
  });

  test('has the bytes of the reference', () => {
    const bytes = Buffer.alloc(SPARSE_ENTRY_SIZE_BYTES);
    const storeTimestamp = 0x1a1fd1baee5;
    writeSparseEntry(bytes, 0, {
      physicalOffset: 0x110,
      sizeBytes: 0x110,
      tagsCode: 0x63,
      storeTimestamp,
      queueOffset: 0x1e,
    });
    expect(bytes.toString('hex')).toBe(
      '00000000000001100000011000000000000000630000 01a1fd1baee5000000000000001e0001ffffffff00000000'.replace(' ', ''),
    );
  });

  test('is none at the end of a file, in zeros, and whatever else the bytes are it is either none or a possible one', () => {
    const end = new Uint8Array(SPARSE_ENTRY_SIZE_BYTES);
    expect(readSparseEntry(end, 0)).toBeUndefined();
    writeEndEntry(end, 0);
    expect(readSparseEntry(end, 0)).toBeUndefined();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: SPARSE_ENTRY_SIZE_BYTES, maxLength: SPARSE_ENTRY_SIZE_BYTES }),
        (bytes) => {
          const entry = readSparseEntry(bytes, 0);
          if (entry === undefined) return;
          expect(entry.physicalOffset).toBeGreaterThanOrEqual(0);
          expect(entry.sizeBytes).toBeGreaterThan(0);
          expect(entry.queueOffset).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
