import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { headerCodecsSource } from '../../../../scripts/generate/header-codecs.mjs';
import { protocolReference } from '../../../../scripts/generate/protocol-reference.mjs';
import { COMMANDS, HEADERS } from './commands/index.js';
import { RESPONSE_CODES } from './response-code.js';

function committed(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

test('the committed codecs are what the declarations generate (else run npm run generate)', () => {
  expect(headerCodecsSource(HEADERS)).toBe(committed('generated/headers.ts'));
});

test('the committed protocol reference is what the declarations generate (else run npm run generate)', () => {
  expect(protocolReference(COMMANDS, HEADERS, RESPONSE_CODES)).toBe(
    committed('../../../../docs/reference/protocol.md'),
  );
});
