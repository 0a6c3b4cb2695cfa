// The unmodified Java client 5.5.0 against the server under judgement, in both serializations.
import { clusterAdminTests, groupAdminTests, topicAdminTests } from './support/admin-tests.js';
import { clientSuite, useServers } from './support/client-suite.js';
import { pullTests, pushTests, queryTests } from './support/consume-tests.js';
import { CLIENT_5 } from './support/java.js';
import { bodyTests, refusalTests, sendTests } from './support/send-tests.js';

const servers = useServers();
const clients = [sendTests, bodyTests, refusalTests, pushTests, pullTests, queryTests];
const administration = [topicAdminTests, clusterAdminTests, groupAdminTests];
const binary = { 'rocketmq.serialize.type': 'ROCKETMQ' };

clientSuite({ title: 'Java client 5.5.0', version: CLIENT_5 }, servers, [...clients, ...administration]);
clientSuite({ title: 'Java client 5.5.0 with binary headers', version: CLIENT_5, properties: binary }, servers, [
  ...clients,
  ...administration,
]);
