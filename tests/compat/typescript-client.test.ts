// Our client against a Java 5.5.0 cluster, one of the 4.9 line, and ours: the same tests for all.
import { adminTests } from './typescript/admin-tests.js';
import { allocationTests } from './typescript/allocation-tests.js';
import { delayTests } from './typescript/delay-tests.js';
import { mixedTests } from './typescript/mixed-tests.js';
import { pullTests } from './typescript/pull-tests.js';
import { pushTests } from './typescript/push-tests.js';
import { requestTests, transactionTests } from './typescript/request-tests.js';
import { sendTests } from './typescript/send-tests.js';
import { typescriptSuite } from './typescript/suite.js';
import { takeOverTests } from './typescript/take-over-tests.js';

const everything = [sendTests, pushTests, pullTests, requestTests, adminTests];
const mixed = [mixedTests, allocationTests, takeOverTests];

typescriptSuite('a Java 5.5.0 cluster', 'reference', [...everything, ...mixed, delayTests, transactionTests]);
typescriptSuite('a Java 4.9 cluster', 'reference-4', [...everything, transactionTests]);
typescriptSuite('our server', 'ours', [...everything, ...mixed, delayTests]);
