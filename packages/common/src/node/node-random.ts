import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Random } from '../ports/random.js';

/** Randomness from the system. `nextInt` and `nextDouble` are not for secrets. */
export class NodeRandom implements Random {
  nextInt(bound: number): number {
    return bound <= 2 ** 32 ? Math.floor(Math.random() * bound) : randomInt(bound);
  }

  nextDouble(): number {
    return Math.random();
  }

  bytes(count: number): Buffer {
    return randomBytes(count);
  }

  uuid(): string {
    return randomUUID();
  }
}
