// The unmodified Java client 5.5.0 against the server under judgement, with binary headers, and over TLS.
import { clientSuite, overTls, useServers } from './support/client-suite.js';
import { queryTests } from './support/consume-tests.js';
import { CLIENT_5 } from './support/java.js';
import { autoCreationOffTests, bodyTests, sendTests } from './support/send-tests.js';
import { alone, together } from './support/tests-of-5.js';

const shared = useServers();
const tls = { title: 'Java client 5.5.0 over TLS', version: CLIENT_5 };
const binary = { title: 'Java client 5.5.0 with binary headers', version: CLIENT_5 };

clientSuite(overTls(tls, shared), shared, { alone: [sendTests, bodyTests, queryTests] });
clientSuite({ ...binary, properties: { 'rocketmq.serialize.type': 'ROCKETMQ' } }, shared, {
  together,
  alone: [...alone, autoCreationOffTests],
});
