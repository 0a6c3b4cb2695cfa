/** Whether the packages that applications install resolve, with their types, in every way they are asked for. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publishable } from './publishable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = `${root}node_modules/.bin/`;
const exec = promisify(execFile);

// Each linter works through the packages one by one, both at the same time.
await Promise.all([
  inTurn((name) => run(`${bin}publint`, ['run', `packages/${name}`, '--pack', 'npm', '--strict'])),
  inTurn((name) => run(`${bin}attw`, ['--pack', `packages/${name}`, '--no-emoji', '--format', 'ascii'])),
]);

async function inTurn(check) {
  for (const name of publishable) await check(name);
}

/** Silent, unless something is wrong. */
async function run(command, args) {
  try {
    await exec(command, args, { cwd: root, encoding: 'utf8' });
  } catch (error) {
    console.error(`${command} ${args.join(' ')}\n${error.stdout ?? ''}${error.stderr ?? error}`);
    process.exitCode = 1;
  }
}
