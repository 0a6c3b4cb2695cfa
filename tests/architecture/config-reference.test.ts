/**
 * Keeps `docs/reference/config-*.md` equal to the declarations. After a change of
 * a declaration: `npm run generate`.
 */

import { authConfigDeclaration, brokerConfigDeclaration } from '@rocketmq-ts/broker';
import { type ConfigDeclaration, configReference, type Environment } from '@rocketmq-ts/common';
import { namesrvConfigDeclaration } from '@rocketmq-ts/namesrv';
import {
  nettyClientConfigDeclaration,
  nettyServerConfigDeclaration,
  remotingSystemConfigDeclaration,
  tlsSystemConfigDeclaration,
} from '@rocketmq-ts/remoting';
import { messageStoreConfigDeclaration } from '@rocketmq-ts/store';
import { expect, test } from 'vitest';

const placeholders: Environment = {
  hostName: '<host name>',
  localAddress: '<local address>',
  cpuCount: 2,
  userHome: '$HOME',
  variables: {},
  systemProperties: new Map(),
};

const pages: [string, ConfigDeclaration][] = [
  ['auth', authConfigDeclaration],
  ['broker', brokerConfigDeclaration],
  ['message-store', messageStoreConfigDeclaration],
  ['namesrv', namesrvConfigDeclaration],
  ['netty-client', nettyClientConfigDeclaration],
  ['netty-server', nettyServerConfigDeclaration],
  ['remoting-system', remotingSystemConfigDeclaration],
  ['tls-system', tlsSystemConfigDeclaration],
];

test.each(pages)('docs/reference/config-%s.md is what its declaration says', async (name, declaration) => {
  const page = new URL(`../../docs/reference/config-${name}.md`, import.meta.url).pathname;
  await expect(configReference(declaration, placeholders)).toMatchFileSnapshot(page);
});
