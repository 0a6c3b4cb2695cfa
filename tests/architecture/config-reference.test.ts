/**
 * Keeps `docs/reference/config-*.md` equal to the declarations. After a change of
 * a declaration: `npm run generate`.
 */

import { configReference, type Environment } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { DECLARATIONS } from './config-declarations.js';

const placeholders: Environment = {
  hostName: '<host name>',
  localAddress: '<local address>',
  cpuCount: 2,
  userHome: '$HOME',
  variables: {},
  systemProperties: new Map(),
};

test.each(DECLARATIONS)('docs/reference/config-%s.md is what its declaration says', async (name, declaration) => {
  const page = new URL(`../../docs/reference/config-${name}.md`, import.meta.url).pathname;
  await expect(configReference(declaration, placeholders)).toMatchFileSnapshot(page);
});
