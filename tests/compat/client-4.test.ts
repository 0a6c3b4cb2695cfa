// The unmodified Java client 4.9.8 against the server under judgement.
import { clusterAdminTests, groupAdminTests, topicAdminTests } from './support/admin-tests.js';
import { clientSuite, useServers } from './support/client-suite.js';
import { pullTests, pushTests, queryTests } from './support/consume-tests.js';
import { CLIENT_4 } from './support/java.js';
import { bodyTests, refusalTests, sendTests } from './support/send-tests.js';

const servers = useServers();
const clients = [sendTests, bodyTests, refusalTests, pushTests, pullTests, queryTests];
const administration = [topicAdminTests, clusterAdminTests, groupAdminTests];

clientSuite({ title: `Java client ${CLIENT_4}`, version: CLIENT_4 }, servers, [...clients, ...administration]);
