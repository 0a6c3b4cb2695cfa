import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import * as common from '@rocketmq-ts/common';
import * as store from '@rocketmq-ts/store';
import { expect, test } from 'vitest';
import * as broker from './index.js';

test('the example of the README runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const body = example.replace(/^import .*$/gm, '');
  const lines: string[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'broker-readme-'));
  const scope: Record<string, unknown> = {
    ...common,
    ...store,
    ...broker,
    totalmem,
    directory,
    console: { log: (line: string) => lines.push(line) },
  };
  try {
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    await new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
    expect(lines[0]).toMatch(/^clients connect to 127\.0\.0\.1:[1-9]\d*$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
