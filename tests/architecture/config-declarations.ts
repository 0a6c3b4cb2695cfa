// Every configuration class that a package declares: what the tests of this folder hold to the reference and to the documentation.
import { authConfigDeclaration, brokerConfigDeclaration, brokerContainerConfigDeclaration } from '@rocketmq-ts/broker';
import type { ConfigDeclaration } from '@rocketmq-ts/common';
import { namesrvConfigDeclaration } from '@rocketmq-ts/namesrv';
import {
  nettyClientConfigDeclaration,
  nettyServerConfigDeclaration,
  remotingSystemConfigDeclaration,
  serverLimitsConfigDeclaration,
  tlsSystemConfigDeclaration,
} from '@rocketmq-ts/remoting';
import { messageStoreConfigDeclaration } from '@rocketmq-ts/store';

/** By the name of their page in `docs/reference`. */
export const DECLARATIONS: readonly (readonly [page: string, declaration: ConfigDeclaration])[] = [
  ['auth', authConfigDeclaration],
  ['broker', brokerConfigDeclaration],
  ['broker-container', brokerContainerConfigDeclaration],
  ['message-store', messageStoreConfigDeclaration],
  ['namesrv', namesrvConfigDeclaration],
  ['netty-client', nettyClientConfigDeclaration],
  ['netty-server', nettyServerConfigDeclaration],
  ['remoting-system', remotingSystemConfigDeclaration],
  ['server-limits', serverLimitsConfigDeclaration],
  ['tls-system', tlsSystemConfigDeclaration],
];
