/**
 * Writes docs/api, the reference of the client, from its docstrings: `npm run docs`.
 * With `--check` it writes nothing and fails when a page is out of date.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const pages = fileURLToPath(new URL('../../docs/api', import.meta.url));

if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(join(tmpdir(), 'api-docs-'));
  try {
    write(fresh);
    const stale = differences(fresh, pages);
    if (stale.length > 0) {
      console.error(`docs/api is out of date (${stale.join(', ')}): run npm run docs`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
} else {
  write(pages);
}

function write(directory) {
  const typedoc = join(here, 'node_modules/typedoc/bin/typedoc');
  const args = ['--options', join(here, 'typedoc.json'), '--out', directory, '--logLevel', 'Error'];
  const { status } = spawnSync(process.execPath, [typedoc, ...args], { cwd: here, stdio: 'inherit' });
  if (status !== 0) throw new Error(`typedoc ended with ${status}`);
}

/** Files that are in one directory only, or not the same in both. */
function differences(a, b) {
  const names = new Set([...list(a), ...list(b)]);
  return [...names].filter((name) => read(join(a, name)) !== read(join(b, name)));
}

function list(directory) {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return [];
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}
