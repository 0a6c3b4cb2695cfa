// What a client of 5.x is judged by, in any serialization.
import { clusterAdminTests, groupAdminTests, topicAdminTests } from './admin-tests.js';
import { pullTests, pushTests, queryTests } from './consume-tests.js';
import { delayTests } from './delay-tests.js';
import { bodyTests, refusalTests, sendTests } from './send-tests.js';
import { timerTests } from './timer-tests.js';

export const everyTest = [
  sendTests,
  bodyTests,
  refusalTests,
  pushTests,
  delayTests,
  timerTests,
  pullTests,
  queryTests,
  topicAdminTests,
  clusterAdminTests,
  groupAdminTests,
];
