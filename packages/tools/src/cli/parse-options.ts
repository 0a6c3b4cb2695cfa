/**
 * Reads the words after a command's name, by the rules of the parser that the
 * reference uses: `-t x`, `-topic x`, `--topic x`, `--topic=x`, `-tx`, long names
 * shortened as far as they stay unique, negative numbers as values, short names
 * of several letters.
 */
import { nearestName } from '@rocketmq-ts/common';
import type { OptionDeclaration, OptionDeclarations, OptionValues } from './option-declaration.js';

/** Words that do not make a valid command line; the message says which and why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options of which one, and only one, may be given. */
export interface OptionGroup {
  /** Names as in the declarations. */
  readonly oneOf: readonly string[];
  readonly required: boolean;
}

type RawValues = Map<string, string | true>;

/** @throws UsageError */
export function parseOptions<D extends OptionDeclarations>(
  words: readonly string[],
  declarations: D,
  groups: readonly OptionGroup[] = [],
): OptionValues<D> {
  const raw = readWords(words, declarations);
  if (raw.get('help') === true) return noValues(declarations);
  for (const group of groups) checkGroup(group, raw, declarations);
  const values: Record<string, unknown> = Object.create(null);
  const missing: string[] = [];
  for (const [name, declaration] of Object.entries(declarations)) {
    const given = raw.get(name);
    if (given === undefined && declaration.required) missing.push(nameOf(declaration));
    values[name] = given === undefined ? emptyValue(declaration) : convert(declaration, given);
  }
  if (missing.length > 0)
    throw new UsageError(`missing required option${missing.length > 1 ? 's' : ''}: ${missing.join(', ')}`);
  return values as OptionValues<D>;
}

function noValues<D extends OptionDeclarations>(declarations: D): OptionValues<D> {
  const entries = Object.entries(declarations).map(([name, { kind }]) => [
    name,
    kind === 'flag' && name === 'help' ? true : undefined,
  ]);
  return Object.fromEntries(entries) as OptionValues<D>;
}

function emptyValue({ kind }: OptionDeclaration): false | undefined {
  return kind === 'flag' ? false : undefined;
}

function readWords(words: readonly string[], declarations: OptionDeclarations): RawValues {
  const values: RawValues = new Map();
  let index = 0;
  while (index < words.length) {
    const word = words[index++]!;
    if (word === '--') break;
    if (!word.startsWith('-') || word === '-') throw new UsageError(`'${word}' belongs to no option`);
    const { name, attached } = findOption(word, declarations);
    const declaration = declarations[name]!;
    if (declaration.kind === 'flag') {
      if (attached !== undefined) throw new UsageError(`option ${nameOf(declaration)} takes no value`);
      values.set(name, true);
    } else {
      const value = attached ?? words[index++];
      if (value === undefined || (attached === undefined && looksLikeOption(value, declarations))) {
        throw new UsageError(`option ${nameOf(declaration)} needs a value`);
      }
      values.set(name, value);
    }
  }
  return values;
}

function looksLikeOption(word: string, declarations: OptionDeclarations): boolean {
  if (!word.startsWith('-') || word === '-' || /^-\d/.test(word)) return false;
  const bare = word.replace(/^--?/, '').split('=')[0]!;
  return Object.values(declarations).some(({ short, long }) => short === bare || long === bare);
}

interface Found {
  readonly name: string;
  readonly attached: string | undefined;
}

function findOption(word: string, declarations: OptionDeclarations): Found {
  const isLong = word.startsWith('--');
  const bare = word.slice(isLong ? 2 : 1);
  const equals = bare.indexOf('=');
  const key = equals < 0 ? bare : bare.slice(0, equals);
  const attached = equals < 0 ? undefined : bare.slice(equals + 1);
  const entries = Object.entries(declarations);
  const exact = entries.find(([, { short, long }]) => (!isLong && short === key) || long === key);
  if (exact !== undefined) return { name: exact[0], attached };
  const partial = key === '' ? [] : entries.filter(([, { long }]) => long.startsWith(key));
  if (partial.length === 1) return { name: partial[0]![0], attached };
  if (partial.length > 1) {
    throw new UsageError(`option '${word}' may be ${partial.map(([, option]) => `--${option.long}`).join(' or ')}`);
  }
  const joined = isLong
    ? undefined
    : entries.find(([, o]) => o.kind !== 'flag' && o.short !== undefined && bare.startsWith(o.short));
  if (joined !== undefined) return { name: joined[0], attached: bare.slice(joined[1].short!.length) };
  const near = nearestName(
    key,
    entries.map(([, { long }]) => long),
  );
  throw new UsageError(`unknown option '${word}'${near === undefined ? '' : `; did you mean --${near}?`}`);
}

function checkGroup(group: OptionGroup, raw: RawValues, declarations: OptionDeclarations): void {
  const given = group.oneOf.filter((name) => raw.has(name));
  const names = (list: readonly string[]): string => list.map((name) => nameOf(declarations[name]!)).join(', ');
  if (given.length > 1) throw new UsageError(`only one of these options may be given: ${names(given)}`);
  if (given.length === 0 && group.required)
    throw new UsageError(`one of these options is needed: ${names(group.oneOf)}`);
}

/** The option as a person types it: `-t/--topic`. */
export function nameOf({ short, long }: OptionDeclaration): string {
  return short === undefined ? `--${long}` : `-${short}/--${long}`;
}

const MAX_INT = 0x7fff_ffff;

function convert(declaration: OptionDeclaration, given: string | true): string | number | boolean {
  if (given === true) return true;
  const value = given.trim();
  switch (declaration.kind) {
    case 'int':
      return wholeNumber(declaration, value, MAX_INT);
    case 'long':
      return wholeNumber(declaration, value, Number.MAX_SAFE_INTEGER);
    case 'bool':
      return booleanOf(declaration, value);
    default:
      if (value === '' && declaration.required) throw new UsageError(`option ${nameOf(declaration)} is empty`);
      return value;
  }
}

function wholeNumber(declaration: OptionDeclaration, value: string, limit: number): number {
  const number = Number(value);
  if (!/^[+-]?\d+$/.test(value) || Math.abs(number) > limit) {
    throw new UsageError(
      `option ${nameOf(declaration)}: '${value}' is not a whole number${limit === MAX_INT ? ' of 32 bits' : ''}`,
    );
  }
  return number;
}

function booleanOf(declaration: OptionDeclaration, value: string): boolean {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') {
    throw new UsageError(`option ${nameOf(declaration)}: '${value}' is neither true nor false`);
  }
  return lower === 'true';
}
