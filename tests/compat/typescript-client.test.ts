// Our client against a Java 5.5.0 cluster: the same tests as for all clusters, those of 5.x too.
import { everything, mixed, ofVersion5 } from './typescript/all-tests.js';
import { transactionTests } from './typescript/request-tests.js';
import { typescriptSuite } from './typescript/suite.js';

typescriptSuite('a Java 5.5.0 cluster', 'reference', [...mixed, ...ofVersion5, ...everything, transactionTests]);
