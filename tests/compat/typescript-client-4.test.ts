// Our client against a Java cluster of the 4.9 line.
import { everything } from './typescript/all-tests.js';
import { transactionTests } from './typescript/request-tests.js';
import { typescriptSuite } from './typescript/suite.js';

typescriptSuite('a Java 4.9 cluster', 'reference-4', [...everything, transactionTests]);
