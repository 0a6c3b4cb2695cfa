/**
 * Writes everything that derives from the protocol declarations: the header
 * codecs and the protocol reference. Run by `npm run generate` after `tsc -b`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS, HEADERS } from '../packages/remoting/dist/protocol/commands/index.js';
import { RESPONSE_CODES } from '../packages/remoting/dist/protocol/response-code.js';
import { headerCodecsSource } from './generate/header-codecs.mjs';
import { protocolReference } from './generate/protocol-reference.mjs';

function write(path, text) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${path}: ${text.length} characters`);
}

write('packages/remoting/src/protocol/generated/headers.ts', headerCodecsSource(HEADERS));
write('docs/reference/protocol.md', protocolReference(COMMANDS, HEADERS, RESPONSE_CODES));
