import { Turn } from '@rocketmq-ts/common';
import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { type Generation, Readers } from './readers.js';

function newReaders() {
  const clock = new VirtualClock();
  return { readers: new Readers(new Turn(clock)), endTurn: () => clock.advance(1) };
}

describe('Readers', () => {
  test('what nobody reads is used again at once', () => {
    const { readers } = newReaders();
    let reused = 0;
    readers.retire(() => reused++);
    expect(reused).toBe(1);
  });

  test('a reader that left still looks until the turn ends', async () => {
    const { readers, endTurn } = newReaders();
    let reused = 0;
    const reading = readers.enter();
    readers.retire(() => reused++);
    readers.leave(reading);
    expect(reused).toBe(0);
    await endTurn();
    expect(reused).toBe(1);
  });

  test('readers that overlap without end do not keep what was retired before they came', async () => {
    const { readers, endTurn } = newReaders();
    let reused = 0;
    let reading = readers.enter();
    readers.retire(() => reused++);
    for (let round = 0; round < 3; round++) {
      const next = readers.enter();
      readers.leave(reading);
      reading = next;
      await endTurn();
      readers.retire(() => undefined);
    }
    expect(reused).toBe(1);
  });

  test('nothing is used again under a reader that was there when it was retired', async () => {
    const { readers, endTurn } = newReaders();
    const random = new SeededRandom(7);
    const reading = new Map<number, Generation>();
    let next = 0;
    let reuses = 0;
    for (let step = 0; step < 5000; step++) {
      const choice = random.nextInt(4);
      if (choice === 0) reading.set(next++, readers.enter());
      else if (choice === 1) {
        const seenBy = [...reading.keys()];
        readers.retire(() => {
          reuses++;
          expect(seenBy.filter((reader) => reading.has(reader))).toEqual([]);
        });
      } else if (choice === 2) {
        const oldest = [...reading.entries()][random.nextInt(Math.max(1, reading.size))];
        if (oldest === undefined) continue;
        readers.leave(oldest[1]);
        reading.delete(oldest[0]);
      } else await endTurn();
      if (reading.size > 20)
        for (const [reader, generation] of reading)
          if (reader < next - 5) {
            readers.leave(generation);
            reading.delete(reader);
          }
    }
    expect(reuses).toBeGreaterThan(500);
  });

  test('a reader that stays costs bounded memory', async () => {
    const { readers, endTurn } = newReaders();
    const reading = readers.enter();
    let reuses = 0;
    for (let i = 0; i < 1000; i++) readers.retire(() => reuses++);
    expect(reuses).toBe(0);
    readers.leave(reading);
    await endTurn();
    expect(reuses).toBeGreaterThan(0);
    expect(reuses).toBeLessThanOrEqual(128);
  });
});
