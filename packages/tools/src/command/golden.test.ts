/** The commands print what the reference printed, given the same answers of the servers. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runWithAnswers } from './testdata/answers.js';

interface Golden {
  readonly words: string;
  readonly expected: string;
  readonly responses: readonly {
    readonly command: string;
    readonly ext: Record<string, string>;
    readonly body: string;
  }[];
}

const GOLDEN: readonly Golden[] = JSON.parse(readFileSync(new URL('testdata/golden.json', import.meta.url), 'utf8'));

describe('with the answers of a recorded cluster', () => {
  let zone: string | undefined;
  beforeAll(() => {
    zone = process.env.TZ;
    process.env.TZ = 'UTC';
  });
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test.each(GOLDEN.map(({ words, ...rest }) => [words, rest] as const))(
    '%s prints what the reference prints',
    async (words, golden) => {
      const { exitCode, output } = await runWithAnswers(words.split(' '), golden.responses);
      expect(output.trimEnd()).toBe(golden.expected.trimEnd());
      expect(exitCode).toBe(0);
    },
  );

  test.each(GOLDEN.map(({ words, ...rest }) => [words, rest] as const))(
    '%s --json prints one JSON document',
    async (words, golden) => {
      const { exitCode, output } = await runWithAnswers([...words.split(' '), '--json'], golden.responses);
      expect(() => JSON.parse(output)).not.toThrow();
      expect(exitCode).toBe(0);
    },
  );
});
