// The daily loop, `npm run check`: types, lint, generated files, unit tests, packages. Stops at the first failure.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = `${root}node_modules/.bin/`;

/** Name, then the command. The quick ones come first. */
const steps = [
  ['types of the packages', `${bin}tsc`, '-b'],
  ['types of the tests', `${bin}tsc`, '-p', 'tsconfig.tests.json'],
  ['lint and format', `${bin}biome`, 'check', '.'],
  ['generated files', process.execPath, 'scripts/generate.mjs', '--check'],
  ['reference of the client', process.execPath, 'scripts/api-docs/generate.mjs', '--check'],
  ['CommonJS forms', process.execPath, 'scripts/commonjs.mjs'],
  ['packages', process.execPath, 'scripts/check-packages.mjs'],
  ['unit tests', `${bin}vitest`, 'run', '--project', 'unit'],
];
// The tests have their own step where all of them are run anyway.
const chosen = process.argv.includes('--no-tests') ? steps.slice(0, -1) : steps;

for (const [name, command, ...args] of chosen) {
  const startMs = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`check: ${name} FAILED after ${seconds} s${error ? ` (${error.message})` : ''}`);
    process.exit(1);
  }
  console.log(`check: ${name} ok, ${seconds} s`);
}
console.log('check: all ok');
