// The unmodified Java client 5.5.0 against the server under judgement, with headers in JSON.
import { resetTests } from './support/admin-tests.js';
import { clientSuite, useServers } from './support/client-suite.js';
import { CLIENT_5 } from './support/java.js';
import { alone, together } from './support/tests-of-5.js';

const shared = useServers();

clientSuite({ title: 'Java client 5.5.0', version: CLIENT_5 }, shared, {
  together: [resetTests, ...together],
  alone,
});
