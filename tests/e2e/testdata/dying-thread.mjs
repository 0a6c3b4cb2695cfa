// Loaded into every thread of a container under test: the one of the broker `mortal` dies when its file says so.
import { existsSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

const plan = isMainThread ? undefined : workerData?.plan;
if (plan?.identity.brokerName === 'mortal') {
  const trigger = `${plan.configPath}.die`;
  setInterval(() => {
    if (existsSync(trigger)) throw new Error('struck by the test');
  }, 20).unref();
}
