// The unmodified Java client 5.5.0 against the server under judgement: in both serializations, and over TLS.
import { clusterAdminTests, groupAdminTests, resetTests, topicAdminTests } from './support/admin-tests.js';
import { clientSuite, overTls, useServers } from './support/client-suite.js';
import { pullTests, pushTests, queryTests } from './support/consume-tests.js';
import { delayTests } from './support/delay-tests.js';
import { CLIENT_5 } from './support/java.js';
import { autoCreationOffTests, bodyTests, refusalTests, sendTests } from './support/send-tests.js';
import { timerTests } from './support/timer-tests.js';

const shared = useServers();
const everything = [sendTests, bodyTests, refusalTests, pushTests, delayTests, timerTests, pullTests, queryTests];
everything.push(topicAdminTests, clusterAdminTests, groupAdminTests);
const json = { title: 'Java client 5.5.0', version: CLIENT_5 };
const binary = { title: 'Java client 5.5.0 with binary headers', version: CLIENT_5 };
const tls = { title: 'Java client 5.5.0 over TLS', version: CLIENT_5 };

clientSuite(json, shared, [...everything, resetTests]);
clientSuite(overTls(tls, shared), shared, [sendTests, bodyTests, queryTests]);
clientSuite({ ...binary, properties: { 'rocketmq.serialize.type': 'ROCKETMQ' } }, shared, [
  ...everything,
  autoCreationOffTests,
]);
