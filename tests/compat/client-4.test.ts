// The unmodified Java client 4.9.8 against the server under judgement.
import { clusterAdminTests, groupAdminTests, topicAdminTests } from './support/admin-tests.js';
import { clientSuite, overTls, useServers } from './support/client-suite.js';
import { pullTests, pushTests, queryTests } from './support/consume-tests.js';
import { delayTests } from './support/delay-tests.js';
import { CLIENT_4 } from './support/java.js';
import { autoCreationOffTests, bodyTests, refusalTests, sendTests } from './support/send-tests.js';

const shared = useServers();
const together = [delayTests, pushTests, sendTests, bodyTests, refusalTests, pullTests, queryTests, groupAdminTests];
const alone = [topicAdminTests, clusterAdminTests, autoCreationOffTests];

clientSuite(overTls({ title: 'Java client 4.9.8 over TLS', version: CLIENT_4 }, shared), shared, {
  alone: [sendTests],
});
clientSuite({ title: 'Java client 4.9.8', version: CLIENT_4 }, shared, { together, alone });
