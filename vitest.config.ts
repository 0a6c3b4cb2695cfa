import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const packages = readdirSync(`${root}packages`);

// Tests run on the sources of every package, so that they need no build.
const alias = packages.map((name) => ({
  find: new RegExp(`^@rocketmq-ts/${name}$`),
  replacement: `${root}packages/${name}/src/index.ts`,
}));

/** Attacks that wait more than they work, and whose judgement is not a matter of a machine of their own. */
const sideBySide = ['client-examples', 'client-stop', 'container', 'damage', 'disk-full', 'hostile-network', 'packages']
  .concat(['old-messages', 'process', 'security'])
  .map((name) => `tests/e2e/${name}.test.ts`);

export default defineConfig({
  resolve: { alias },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'tests/architecture/**/*.test.ts'],
          // Ends a test that hangs; the seeded ones compute for seconds on a busy machine.
          testTimeout: 30_000,
          // Nothing has a state outside of its objects, and tests do not replace modules: the files of a worker share them.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: sideBySide,
          globalSetup: ['tests/support/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // These load servers and measure them: one after the other, and not beside others.
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
          name: 'e2e-side-by-side',
          include: sideBySide,
          globalSetup: ['tests/support/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          retry: 1,
          sequence: { groupOrder: 2 },
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
          maxWorkers: 3,
          // Java's timers are seconds long: on a busy machine one of them may be late once.
          retry: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
