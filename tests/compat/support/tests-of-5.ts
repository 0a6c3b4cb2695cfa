// What a client of 5.x is judged by, in any serialization.
import { clusterAdminTests, groupAdminTests, topicAdminTests } from './admin-tests.js';
import { pullTests, pushTests, queryTests } from './consume-tests.js';
import { delayTests } from './delay-tests.js';
import { bodyTests, refusalTests, sendTests } from './send-tests.js';
import { timerTests } from './timer-tests.js';

/** With topics and groups of their own. The longest stand first: the others run beside them. */
export const together = [
  delayTests,
  timerTests,
  pushTests,
  sendTests,
  bodyTests,
  refusalTests,
  pullTests,
  queryTests,
  groupAdminTests,
];
/** These change what belongs to the whole broker. */
export const alone = [topicAdminTests, clusterAdminTests];
