/**
 * Writes the CommonJS form of the packages that applications install, beside the
 * built one: for tools that resolve `require` by themselves and do not load ES
 * modules (Jest, old bundlers). Node takes the ES modules for `require` too
 * (condition `module-sync`), so a class never exists twice in a process.
 * Part of `npm run build`.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { publishable } from './publishable.mjs';

for (const name of publishable) {
  const dist = fileURLToPath(new URL(`../packages/${name}/dist/`, import.meta.url));
  const cjs = join(dist, 'cjs');
  rmSync(cjs, { recursive: true, force: true });
  const declarations = readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.d.ts'));
  await build({
    entryPoints: [join(dist, 'index.js')],
    outfile: join(cjs, 'index.js'),
    bundle: true,
    // Each package keeps its own file, so that they share their classes.
    packages: 'external',
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
  for (const file of declarations) {
    mkdirSync(dirname(join(cjs, file)), { recursive: true });
    copyFileSync(join(dist, file), join(cjs, file));
  }
}
