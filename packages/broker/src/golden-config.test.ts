// Configuration of a broker of the reference, read and written again: the same JSON.
import { readFileSync } from 'node:fs';
import { type ConfigManager, parseJson, silentLogger, Turn } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { ConsumerFilterManager } from './filter/consumer-filter-manager.js';
import { ConsumerOffsetManager } from './offset/consumer-offset-manager.js';
import { DelayOffsets } from './schedule/delay-offsets.js';
import { createBrokerSettings } from './settings.js';
import { SubscriptionGroupManager } from './subscription/subscription-group-manager.js';
import { TEST_ENVIRONMENT } from './test-broker.js';
import { TopicConfigManager } from './topic/topic-config-manager.js';

const files = new MemoryFiles();
const clock = new VirtualClock();
const { broker: config, store: storeConfig } = createBrokerSettings(TEST_ENVIRONMENT, {
  broker: { brokerName: 'broker-a' },
});
const parts = { files, clock, logger: silentLogger, turn: new Turn(clock), config, storeConfig };
const store = { flags: { writable: true }, minOffsetInQueue: () => 0, flush: () => Promise.resolve() };

/** What the reference writes besides and never reads. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'consumerOffset.json': ['groupTopicMap', 'pullOffsetTable'],
};

const MANAGERS: Readonly<Record<string, (path: string) => ConfigManager>> = {
  'topics.json': (path) => new TopicConfigManager({ ...parts, path, onChange: () => {} }),
  'subscriptionGroup.json': (path) => new SubscriptionGroupManager({ ...parts, path }),
  'consumerOffset.json': () => new ConsumerOffsetManager({ ...parts, store, directory: '/config' }),
  'consumerFilter.json': (path) => new ConsumerFilterManager({ ...parts, path }),
};

function put(name: string): { path: string; original: string } {
  const original = readFileSync(new URL(`./testdata/config/${name}`, import.meta.url));
  const path = `/config/${name}`;
  files.mkdirSync('/config');
  const handle = files.openSync(path, 'create');
  handle.writeSync(original, 0, original.length, 0);
  handle.closeSync();
  return { path, original: original.toString() };
}

test.each(Object.entries(MANAGERS))('%s', async (name, make) => {
  const { path, original } = put(name);
  const manager = make(path);
  expect(manager.load()).toBe('file');
  expect(await manager.persist()).toBe(true);
  const written = Object.entries(parseJson(files.readFileSync(path).toString()) as object);
  const leftOut = LEFT_OUT[name] ?? [];
  const expected = Object.entries(parseJson(original) as object).filter(([key]) => !leftOut.includes(key));
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(expected));
});

test('delayOffset.json, byte for byte', async () => {
  const { path, original } = put('delayOffset.json');
  const offsets = new DelayOffsets({ ...parts, store: store as never, path });
  expect(offsets.load()).toBe('file');
  offsets.set(18, 1);
  offsets.set(18, 0);
  await offsets.flush();
  expect(files.readFileSync(path).toString()).toBe(original);
});
