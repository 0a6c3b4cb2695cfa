import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMON_OPTIONS } from '../cli/option-declaration.js';
import { COMMANDS, NOT_YET } from './index.js';

interface ReferenceCommand {
  readonly name: string;
  /** Short name, long name, whether it has a value, whether it is required. */
  readonly options: readonly (readonly [string, string, boolean, boolean])[];
}

const REFERENCE: readonly ReferenceCommand[] = JSON.parse(
  readFileSync(new URL('testdata/options.json', import.meta.url), 'utf8'),
);

describe('the index', () => {
  test('holds every command of the reference, or says that it is not there yet', () => {
    const ours = [...COMMANDS.keys(), ...NOT_YET];
    expect(ours.toSorted()).toEqual(REFERENCE.map(({ name }) => name).toSorted());
    expect(new Set(ours).size).toBe(ours.length);
  });

  test.each([...COMMANDS])('finds %s under its own name, with an explanation of everything', async (name, load) => {
    const command = await load();
    expect(command.name).toBe(name);
    expect(command.doc).toMatch(/\.$/);
    for (const option of Object.values(command.options)) expect(option.doc).not.toBe('');
    for (const group of command.groups ?? [])
      expect(Object.keys(command.options)).toEqual(expect.arrayContaining([...group.oneOf]));
  });

  test.each(REFERENCE.filter(({ name }) => COMMANDS.has(name)).map(({ name, options }) => [name, options] as const))(
    '%s takes the options of the reference',
    async (name, expected) => {
      const command = await COMMANDS.get(name)!();
      const common = new Set<string>(Object.values(COMMON_OPTIONS).map(({ long }) => long));
      const ours = Object.values(command.options)
        .filter(({ long }) => !common.has(long))
        .map(({ short = '', long, kind, required }) => [short, long, kind !== 'flag', required]);
      expect(ours.toSorted()).toEqual(expected.toSorted());
    },
  );
});
