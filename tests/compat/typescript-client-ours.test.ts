// Our client against our server, with the Java client beside it.
import { everything, mixed, ofVersion5 } from './typescript/all-tests.js';
import { typescriptSuite } from './typescript/suite.js';

typescriptSuite('our server', 'ours', [...mixed, ...ofVersion5, ...everything]);
