// Runs the example of the README, so that it stays true.
import { readFileSync } from 'node:fs';
import * as common from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import * as filter from './index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README does what its comments say', () => {
  const example = /```ts\n(.*?)```/s.exec(readme)![1]!;
  const script = example.replace(/^import \{(.*)\} from '@rocketmq-ts\/(\w+)';$/gm, 'const {$1} = $2;');
  const printed: unknown[] = [];
  new Function('filter', 'common', 'console', script)(filter, common, { log: (value: unknown) => printed.push(value) });
  const promised = [...example.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map((match) => match[1]);
  expect(printed.map(String)).toEqual(promised);
  expect(promised.length).toBeGreaterThan(0);
});
