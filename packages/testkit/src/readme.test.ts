// Runs the example of the README as it stands there.
import { readFileSync } from 'node:fs';
import type { Files } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { FaultyFiles, SimulatedCrash } from './faulty-files.js';
import { MemoryFiles } from './memory-files.js';
import { forEachSeed } from './seeds.js';

/** A log of one letter per append, acknowledged once it is synced. */
async function appendUntilCrash(files: Files, path: string): Promise<string[]> {
  const acknowledged: string[] = [];
  try {
    const handle = files.openSync(path, 'create');
    files.syncDirectorySync('/');
    for (const letter of 'abcdef') {
      handle.writeSync(Buffer.from(letter), 0, 1, acknowledged.length);
      await handle.datasync();
      acknowledged.push(letter);
    }
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
  return acknowledged;
}

function recover(files: Files, path: string): string[] {
  return files.statSync(path) === undefined ? [] : [...files.readFileSync(path).toString()];
}

test('the example of the README runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\nimport .*\n\n([\s\S]*?)```/.exec(readme)![1]!;
  const names = ['FaultyFiles', 'forEachSeed', 'MemoryFiles', 'appendUntilCrash', 'recover', 'expect'];
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
  await new AsyncFunction(...names, example)(FaultyFiles, forEachSeed, MemoryFiles, appendUntilCrash, recover, expect);
});
