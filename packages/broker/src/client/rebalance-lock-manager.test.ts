import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { LOCK_MAX_LIVE_MS, RebalanceLockManager } from './rebalance-lock-manager.js';

const QUEUES = [0, 1].map((queueId) => ({ topic: 'T', brokerName: 'b', queueId }));

test('a queue belongs to the client that locked it until it unlocks it or does not renew it in time', async () => {
  const clock = new VirtualClock();
  const locks = new RebalanceLockManager(clock);
  expect(locks.tryLock('G', QUEUES, 'a')).toEqual(QUEUES);
  expect(locks.tryLock('G', QUEUES, 'b')).toEqual([]);
  locks.unlock('G', QUEUES.slice(0, 1), 'b');
  expect(locks.tryLock('G', QUEUES, 'b')).toEqual([]);
  locks.unlock('G', QUEUES.slice(0, 1), 'a');
  expect(locks.tryLock('G', QUEUES, 'b')).toEqual(QUEUES.slice(0, 1));
  await clock.advance(LOCK_MAX_LIVE_MS + 1);
  expect(locks.isLockAllExpired('G')).toBe(true);
  expect(locks.tryLock('G', QUEUES, 'c')).toEqual(QUEUES);
});

test('locks that nobody renews are forgotten', async () => {
  const clock = new VirtualClock();
  const locks = new RebalanceLockManager(clock);
  locks.tryLock('G', QUEUES, 'a');
  await clock.advance(LOCK_MAX_LIVE_MS + 1);
  locks.scan();
  expect(locks.isLockAllExpired('G')).toBe(true);
});
