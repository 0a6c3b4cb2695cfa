import { silentLogger } from '@rocketmq-ts/common';
import type { SubscriptionData } from '@rocketmq-ts/filter';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { ConsumerFilterManager } from './consumer-filter-manager.js';

const LONG = 16_000;

function subscription(index: number, subVersion: number): SubscriptionData {
  const subString = `a = '${`${index}`.padStart(LONG - 7, 'x')}'`;
  const none = { tagsSet: new Set<string>(), codeSet: new Set<number>(), classFilterMode: false };
  return { ...none, topic: `T${index}`, subString, expressionType: 'SQL92', subVersion };
}

test('of many long expressions that are new a heartbeat compiles some, the next one the rest', () => {
  const manager = new ConsumerFilterManager({
    config: { expectConsumerNumUseFilter: 32, filterDataCleanTimeSpan: 86_400_000, maxErrorRateOfBloomFilter: 20 },
    path: '/store/config/consumerFilter.json',
    files: new MemoryFiles(),
    logger: silentLogger,
    clock: new VirtualClock(),
  });
  const known = () => Array.from({ length: 20 }, (_, i) => manager.find(`T${i}`, 'G')).filter(Boolean).length;
  const counts = [1, 2, 3].map((version) => {
    manager.register(
      'G',
      Array.from({ length: 20 }, (_, i) => subscription(i, version)),
    );
    return known();
  });
  expect(counts).toEqual([8, 16, 20]);
});
