// The rules see what they are there for: each is shown something that it must refuse.
import { expect, test } from 'vitest';
import { filesWithoutOpening, oversized, ratchetProblems, undocumentedExports } from './rules/form.js';
import { escapingImports, importCycles, layerProblems } from './rules/layers.js';
import { outsideWorldProblems } from './rules/outside-world.js';
import { type Package, parseSource } from './source-tree.js';

function packageOf(name: string, sources: Record<string, string>, dependencies: string[] = []): Package[] {
  const files = Object.entries(sources).map(([path, text]) => parseSource(`packages/${name}/src/${path}`, text));
  return [{ name, dependencies: new Set(dependencies), devDependencies: new Set(['@rocketmq-ts/testkit']), files }];
}

test('imports from the same or a higher layer, or that are not named, are seen', () => {
  const source = "import { A } from '@rocketmq-ts/client';\nexport type { B } from 'pino';\nimport 'node:path';";
  expect(layerProblems(packageOf('store', { 'a.ts': source }, ['@rocketmq-ts/client']))).toEqual([
    'packages/store/src/a.ts:1 imports @rocketmq-ts/client, which is not in a lower layer',
    'packages/store/src/a.ts:2 imports pino, which package.json does not name',
  ]);
});

test('tests and what they share may import what only tests need, and that must be named too', () => {
  const source = "import '@rocketmq-ts/testkit';\nimport 'vitest';\nimport '@rocketmq-ts/server';";
  expect(layerProblems(packageOf('store', { 'a.test.ts': source, 'test-store.ts': source }))).toEqual([
    'packages/store/src/a.test.ts:3 imports @rocketmq-ts/server, which package.json does not name',
    'packages/store/src/test-store.ts:3 imports @rocketmq-ts/server, which package.json does not name',
  ]);
  expect(layerProblems(packageOf('store', { 'contest-a.ts': source }))).toHaveLength(4);
});

test('relative imports of another package are seen, in tests too', () => {
  const packages = packageOf('store', { 'a.test.ts': "import type { A } from '../../filter/src/a.js';" });
  expect(escapingImports(packages)).toHaveLength(1);
});

test('cycles are seen, also those of types', () => {
  const packages = packageOf('store', {
    'a.ts': "import type { B } from './b.js';",
    'b.ts': "export * from './c.js';",
    'c.ts': "type A = import('./a.js').A;",
    'd.ts': "import './a.js';",
  });
  expect(importCycles(packages)).toEqual([
    'packages/store/src/a.ts -> packages/store/src/b.ts -> packages/store/src/c.ts -> packages/store/src/a.ts',
  ]);
});

test.each([
  'Date.now()',
  'new Date()',
  'setTimeout(run, 1)',
  'globalThis.setImmediate(run)',
  'Math.random()',
  'process.hrtime.bigint()',
  'performance.now()',
  "import { readFileSync } from 'node:fs';",
  "import 'net';",
  "import { randomBytes } from 'node:crypto';",
  "import { exec } from 'node:child_process';",
  "eval('1')",
  "new Function('1')",
  'import(name)',
])('%s is seen', (source) => {
  const problems = outsideWorldProblems(packageOf('store', { 'a.ts': source }));
  expect(problems.filter((problem) => problem.startsWith('packages/store/src/a.ts:1 uses '))).toHaveLength(1);
});

test.each([
  'new Date(0)',
  'clock.setTimeout(run)',
  "import type { Socket } from 'node:net';",
  "import { createHash } from 'node:crypto';",
])('%s is fine', (source) => {
  const problems = outsideWorldProblems(packageOf('store', { 'a.ts': source }));
  expect(problems.filter((problem) => problem.startsWith('packages/store/'))).toEqual([]);
});

test('sizes are held, and the ratchet only turns one way', () => {
  const source = `const big = () => {${'\n'.repeat(75)}};${'\n'.repeat(300)}run();`;
  const sizes = oversized(packageOf('store', { 'a.ts': source }));
  expect([...sizes]).toEqual([
    ['packages/store/src/a.ts', 376],
    ['packages/store/src/a.ts#big', 76],
  ]);
  expect(ratchetProblems(sizes, {})).toHaveLength(2);
  expect(ratchetProblems(sizes, { 'packages/store/src/a.ts': 376, 'packages/store/src/a.ts#big': 76 })).toEqual([]);
  const other = { 'packages/store/src/a.ts': 375, 'packages/store/src/a.ts#big': 80, 'packages/store/src/b.ts': 400 };
  expect(ratchetProblems(sizes, other)).toEqual([
    'packages/store/src/a.ts grew from 375 to 376 lines',
    'packages/store/src/a.ts#big shrank to 76 lines: lower it in ratchet.json',
    'packages/store/src/b.ts is within the limits now: remove it from ratchet.json',
  ]);
});

test('missing comments are seen', () => {
  const packages = packageOf('store', {
    'silent.ts': "import 'node:path';\nexport const a = 1;",
    'said.ts':
      '// What it is for.\n/** One. */\nexport const one = 1;\nexport const two = 2;\n\nexport const three = 3;',
    'index.ts': "export * from './said.js';",
  });
  expect(filesWithoutOpening(packages)).toEqual(['packages/store/src/silent.ts']);
  expect(undocumentedExports(packages)).toEqual([
    'packages/store/src/silent.ts:2 a',
    'packages/store/src/said.ts:6 three',
  ]);
});
