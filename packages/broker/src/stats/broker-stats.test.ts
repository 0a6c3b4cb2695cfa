import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { BrokerStats } from './broker-stats.js';

const MINUTE_MS = 60_000;

test('counts are shown over the last minute, hour and day', async () => {
  const clock = new VirtualClock();
  const stats = new BrokerStats({ clock, clusterName: 'C' });
  stats.start();
  for (let second = 0; second < 120; second++) {
    stats.onPut('T', 0, { count: 1, sizeBytes: 100, latencyMs: 2 });
    stats.onGet('G', 'T', { count: 2, sizeBytes: 200 });
    await clock.advance(1000);
  }
  expect(stats.find('TOPIC_PUT_NUMS', 'T')?.minute).toMatchObject({ sum: 60, tps: 1, avgpt: 1 });
  expect(stats.find('GROUP_GET_SIZE', 'T@G')?.minute).toMatchObject({ sum: 12_000, tps: 200 });
  expect(stats.find('TOPIC_PUT_LATENCY', '0@T')?.minute).toMatchObject({ avgpt: 2 });
  expect([stats.putTps('T'), stats.consumeTps('G', 'T')]).toEqual([1, 2]);
  expect(stats.totals().get('msgPutTotalTodayNow')).toBe('120');
  stats.stop();
});

test('a count that stands still is shown until it has left the window', async () => {
  const clock = new VirtualClock();
  const stats = new BrokerStats({ clock, clusterName: 'C' });
  stats.start();
  await clock.advance(25_000);
  stats.onPut('T', 5, { count: 3, sizeBytes: 30, latencyMs: 7 });
  await clock.advance(10_000);
  const nums = stats.find('TOPIC_PUT_NUMS', 'T');
  expect(nums?.minute).toMatchObject({ sum: 3, times: 1, tps: 0.3 });
  expect(stats.find('TOPIC_PUT_LATENCY', '5@T')?.minute).toMatchObject({ sum: 7, times: 1, avgpt: 7 });
  expect(stats.find('TOPIC_PUT_LATENCY', '4@T')).toBeUndefined();
  await clock.advance(40_000);
  expect(nums?.minute).toMatchObject({ sum: 3, tps: 3 / 50 });
  await clock.advance(20_000);
  expect(nums?.minute).toMatchObject({ sum: 0, times: 0, tps: 0 });
  expect(nums?.value).toBe(3);
  stats.stop();
});

test('who keeps the counters of a topic counts on when the topic is made again', () => {
  const stats = new BrokerStats({ clock: new VirtualClock(), clusterName: 'C' });
  const puts = stats.putsOf('T');
  expect(stats.find('TOPIC_PUT_NUMS', 'T')).toBeUndefined();
  stats.onTopicDeleted('T');
  stats.onPutTo(puts, 0, { messageCount: 2, sizeBytes: 1 }, 0);
  expect(stats.find('TOPIC_PUT_NUMS', 'T')?.value).toBe(2);
});

test('what is deleted or does not move for long is not kept', async () => {
  const clock = new VirtualClock();
  const stats = new BrokerStats({ clock, clusterName: 'C' });
  stats.start();
  stats.onPut('Idle', 0, { count: 1, sizeBytes: 1, latencyMs: 0 });
  stats.onGet('G', 'T', { count: 1, sizeBytes: 1 });
  stats.onGroupDeleted('G');
  expect(stats.find('GROUP_GET_NUMS', 'T@G')).toBeUndefined();
  await clock.advance(28 * 60 * MINUTE_MS);
  expect(stats.find('TOPIC_PUT_NUMS', 'Idle')).toBeUndefined();
  stats.stop();
});
