/**
 * Writes everything that derives from something else: the header codecs and the
 * protocol reference from the protocol declarations, WebAssembly from its text. Run by `npm run generate` after `tsc -b`;
 * the configuration reference is written next, by the test that holds it.
 * With `--check` it writes nothing and fails when a file is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS, HEADERS } from '../packages/remoting/dist/protocol/commands/index.js';
import { RESPONSE_CODES } from '../packages/remoting/dist/protocol/response-code.js';
import { headerCodecsSource } from './generate/header-codecs.mjs';
import { protocolReference } from './generate/protocol-reference.mjs';
import { webAssemblySource } from './generate/web-assembly.mjs';

const checkOnly = process.argv.includes('--check');

function write(path, text) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (checkOnly) {
    if (readFileSync(file, 'utf8') === text) return;
    console.error(`${path} is out of date: run npm run generate`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${path}: ${text.length} characters`);
}

write('packages/remoting/src/protocol/generated/headers.ts', headerCodecsSource(HEADERS));
write('docs/reference/protocol.md', protocolReference(COMMANDS, HEADERS, RESPONSE_CODES));
write(
  'packages/store/src/generated/block-bytes.ts',
  webAssemblySource('packages/store/wasm/block-bytes.wat', 'BLOCK_BYTES'),
);
