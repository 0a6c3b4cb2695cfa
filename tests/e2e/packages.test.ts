// The packages as an application gets them: packed, installed without a registry, loaded in every way, type-checked.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishable } from '../../scripts/publishable.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APPLICATION = fileURLToPath(new URL('./testdata/application', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const STRICT = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];
let project: string;

/** The only dependency of somebody else's comes from the checkout, so that nothing is asked of a registry. */
function manifest(tarballs: readonly string[]): object {
  const others = { '@bokuweb/zstd-wasm': `file:${ROOT}node_modules/@bokuweb/zstd-wasm` };
  const ours = Object.fromEntries(tarballs.map((file) => [nameOf(file), `file:./${file}`]));
  return {
    name: 'application',
    private: true,
    dependencies: { ...ours, ...others },
    overrides: { ...ours, ...others },
  };
}

function nameOf(tarball: string): string {
  return tarball.replace(/^rocketmq-ts-([a-z]+)-.*$/, '@rocketmq-ts/$1');
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'application-'));
  cpSync(APPLICATION, project, { recursive: true });
  const workspaces = publishable.map((name) => `--workspace=packages/${name}`);
  const pack = ['pack', '--silent', '--pack-destination', project, ...workspaces];
  execFileSync('npm', pack, { cwd: ROOT, stdio: 'pipe' });
  const tarballs = readdirSync(project).filter((file) => file.endsWith('.tgz'));
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest(tarballs)));
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund'], { cwd: project, stdio: 'pipe' });
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  symlinkSync(join(ROOT, 'node_modules/undici-types'), join(project, 'node_modules/undici-types'));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('an application', () => {
  test('loads the client as an ES module', () => {
    expect(run('main.mjs')).toEqual({ status: 0, output: 'INVALID_ARGUMENT\n' });
  });

  test('loads it by require, and gets the same classes as the ES modules of the process', () => {
    expect(run('--no-warnings', 'main.cjs')).toEqual({ status: 0, output: 'INVALID_ARGUMENT true\n' });
  });

  test('loads the CommonJS form, as tools do that know no ES modules', () => {
    const { status, output } = run('--no-experimental-require-module', 'main.cjs');
    expect({ status, output }).toEqual({ status: 0, output: 'INVALID_ARGUMENT false\n' });
  });

  test.each([
    ['an ES module', 'typed.mts', ['--module', 'nodenext']],
    ['a CommonJS module', 'typed.cts', ['--module', 'nodenext']],
    ['a CommonJS module of Node 16', 'typed.cts', ['--module', 'node16']],
    ['a module for a bundler', 'typed.mts', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])('is type-checked as %s, with all declarations', (_, file, options) => {
    expect(run(TSC, ...STRICT, ...options, file)).toEqual({ status: 0, output: '' });
  });

  test('finds neither tests nor sources nor maps in the packages', () => {
    for (const name of publishable) {
      const files = readdirSync(join(project, 'node_modules/@rocketmq-ts', name), {
        recursive: true,
        encoding: 'utf8',
      });
      expect(files.filter((file) => /\.map$|\.test\.|testdata|test-cluster|^src/.test(file))).toEqual([]);
    }
  });
});
