import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mqadminReference } from './reference.js';

const PAGE = fileURLToPath(new URL('../../../docs/reference/mqadmin.md', import.meta.url));

test('the reference page says what the commands declare', async () => {
  await expect(await mqadminReference()).toMatchFileSnapshot(PAGE);
});
