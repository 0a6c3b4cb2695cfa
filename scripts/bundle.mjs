/**
 * Joins what the commands load into few files, from the built packages: Node
 * reads and links some hundred modules otherwise, which is most of the time that
 * a command takes to start. Part of `npm run build`.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const server = fileURLToPath(new URL('../packages/server/', import.meta.url));
const outdir = `${server}bundle`;

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  sourcesContent: false,
  // Other people's packages are loaded as they are.
  external: ['@bokuweb/zstd-wasm', 'commander', 'pino', 'rocksdb-native'],
  logLevel: 'warning',
};

rmSync(outdir, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: {
    rocketmq: `${server}dist/rocketmq.js`,
    quickstart: `${server}dist/quickstart/quickstart.js`,
    // Loaded by its address, from beside the file that starts it: all files of the bundle lie in one directory.
    'broker-worker': `${server}dist/container/broker-worker.js`,
  },
  // Sub-commands stay apart: each is read only when it is asked for.
  splitting: true,
});
// Each by itself, since these threads need a few functions of the store and none of the rest.
for (const thread of ['log-reader', 'queue-writer']) {
  await build({
    ...common,
    entryPoints: { [`${thread}-worker`]: `${server}dist/${thread}/${thread}-worker.js` },
  });
}
