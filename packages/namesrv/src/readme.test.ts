import { readFileSync } from 'node:fs';
import * as common from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import * as namesrv from './index.js';

test('the example of the README runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const body = example.replace(/^import .*$/gm, '');
  const lines: string[] = [];
  const scope: Record<string, unknown> = {
    ...common,
    ...namesrv,
    console: { log: (line: string) => lines.push(line) },
  };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  await new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
  expect(lines[0]).toMatch(/^brokers and clients connect to 127\.0\.0\.1:[1-9]\d*$/);
});
