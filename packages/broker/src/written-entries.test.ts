import { createTopicConfig, topicConfigToJson, type WritableJson, writeJson } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { WrittenEntries } from './written-entries.js';

test('a table has the same text as one that is written anew, also when an entry was replaced', () => {
  const written = new WrittenEntries((topic: ReturnType<typeof createTopicConfig>) => ({
    ...topicConfigToJson(topic),
  }));
  const table = new Map(
    ['A', 'B'].map((name) => [name, createTopicConfig(name, { attributes: new Map([['k', 'v']]) })]),
  );
  const anew = () => {
    const topics: Record<string, WritableJson> = {};
    for (const [name, topic] of table) topics[name] = { ...topicConfigToJson(topic) };
    return writeJson({ topics }, { pretty: true });
  };
  expect(writeJson({ topics: written.table(table) }, { pretty: true })).toBe(anew());
  table.set('B', createTopicConfig('B', { order: true }));
  expect(writeJson({ topics: written.table(table) }, { pretty: true })).toBe(anew());
});
