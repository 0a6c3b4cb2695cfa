import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const packages = readdirSync(`${root}packages`);

// Tests run on the sources of every package, so that they need no build.
const alias = packages.map((name) => ({
  find: new RegExp(`^@rocketmq-ts/${name}$`),
  replacement: `${root}packages/${name}/src/index.ts`,
}));

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'tests/architecture/**/*.test.ts'],
          // Ends a test that hangs; the seeded ones compute for seconds on a busy machine.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/support/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // These start servers and load them: one after the other, and not beside the unit tests.
          fileParallelism: false,
          // Waits for sockets, descriptors and memory of a real process may run out once on a busy machine. What kills
          // lose is never looked at twice: those tests say so.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'compat',
          include: ['tests/compat/**/*.test.ts'],
          globalSetup: ['tests/support/build.ts', 'tests/compat/support/build.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // They wait for Java most of the time.
          maxWorkers: 2,
          // Java's timers are seconds long: on a busy machine one of them may be late once.
          retry: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
