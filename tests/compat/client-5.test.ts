// The unmodified Java client 5.5.0 against the server under judgement.
import { clientSuite, useServers } from './support/client-suite.js';
import { pullTests, pushTests, queryTests } from './support/consume-tests.js';
import { CLIENT_5 } from './support/java.js';
import { bodyTests, refusalTests, sendTests } from './support/send-tests.js';

const servers = useServers();
const everything = [sendTests, bodyTests, refusalTests, pushTests, pullTests, queryTests];

clientSuite({ title: 'Java client 5.5.0', version: CLIENT_5 }, servers, everything);
