import {
  createTopicConfig,
  type TopicConfig,
  topicConfigToJson,
  type WritableJson,
  writeJson,
} from '@rocketmq-ts/common';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { WrittenEntries } from './written-entries.js';

const newWritten = () => new WrittenEntries((topic: TopicConfig) => ({ ...topicConfigToJson(topic) }));

const newTopic = (name: string, value: string) => createTopicConfig(name, { attributes: new Map([['k', value]]) });

function textOf(written: WrittenEntries<TopicConfig>, table: ReadonlyMap<string, TopicConfig>): string {
  const pieces = written.pieces(table, (topics) => ({ version: 'of the \0 file', topics, after: table.size }));
  return Buffer.concat(pieces).toString();
}

function anew(table: ReadonlyMap<string, TopicConfig>): string {
  const topics: Record<string, WritableJson> = {};
  for (const [name, topic] of table) topics[name] = { ...topicConfigToJson(topic) };
  return writeJson({ version: 'of the \0 file', topics, after: table.size }, { pretty: true });
}

test('A table has the same text as one that is written anew, whatever changes', () => {
  const seed = Number(process.env.SEED ?? 20_261_122);
  const random = new SeededRandom(seed);
  const written = newWritten();
  const table = new Map<string, TopicConfig>();
  expect(textOf(written, table)).toBe(anew(table));
  for (let round = 0; round < 400; round++) {
    const changes = 1 + random.nextInt(3);
    for (let i = 0; i < changes; i++) {
      const name = `T "${random.nextInt(30)}" ü`;
      if (random.nextInt(3) === 0) table.delete(name);
      else table.set(name, newTopic(name, 'v'.repeat(random.nextInt(40))));
    }
    if (round % 97 === 96) table.clear();
    expect(textOf(written, table), `seed ${seed}, round ${round}`).toBe(anew(table));
  }
});

test('Only entries that changed are written', () => {
  let count = 0;
  const written = new WrittenEntries((topic: TopicConfig) => {
    count++;
    return { ...topicConfigToJson(topic) };
  });
  const table = new Map(Array.from({ length: 50 }, (_, i) => [`T${i}`, newTopic(`T${i}`, 'v')]));
  const writtenAfter = (change: () => unknown): number => {
    count = 0;
    change();
    expect(textOf(written, table)).toBe(anew(table));
    return count;
  };
  expect(writtenAfter(() => {})).toBe(50);
  expect(writtenAfter(() => table.set('new', newTopic('new', 'v')))).toBe(1);
  expect(writtenAfter(() => table.set('T7', newTopic('T7', 'longer than before')))).toBe(1);
  expect(writtenAfter(() => table.delete('T3'))).toBe(0);
  expect(writtenAfter(() => {})).toBe(0);
});
