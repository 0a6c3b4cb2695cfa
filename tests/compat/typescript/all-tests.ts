// What our client is judged by. The longest tests stand first: the others run beside them.
import { adminTests } from './admin-tests.js';
import { allocationTests } from './allocation-tests.js';
import { delayTests } from './delay-tests.js';
import { mixedTests } from './mixed-tests.js';
import { pullTests } from './pull-tests.js';
import { pushTests } from './push-tests.js';
import { requestTests } from './request-tests.js';
import { sendTests } from './send-tests.js';
import { takeOverTests } from './take-over-tests.js';

/** With a cluster of any version. */
export const everything = [sendTests, pushTests, pullTests, requestTests, adminTests];
/** Groups that Java's clients and ours share. */
export const mixed = [takeOverTests, mixedTests, allocationTests];
/** Times that 4.x does not know. */
export const ofVersion5 = [delayTests];
