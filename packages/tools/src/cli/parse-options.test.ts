import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bool, flag, int, long, requiredText, text } from './option-declaration.js';
import { parseOptions, UsageError } from './parse-options.js';

const OPTIONS = {
  topic: requiredText('t', 'topic', ''),
  brokerName: text('bn', 'brokerName', ''),
  brokerAddr: text('b', 'brokerAddr', ''),
  count: int('c', 'count', ''),
  offset: long('o', 'offset', ''),
  force: bool('f', 'force', ''),
  list: flag('l', 'list', ''),
};

const parse = (...words: string[]) => parseOptions(words, OPTIONS);

describe('parseOptions', () => {
  test.each([['-t', 'T'], ['-topic', 'T'], ['--topic', 'T'], ['--topic=T'], ['-t=T'], ['-tT'], ['--to', 'T']])(
    'reads %s %s',
    (...words) => {
      expect(parse(...words.filter((word) => word !== undefined)).topic).toBe('T');
    },
  );

  test('types values, and leaves absent ones undefined and flags false', () => {
    const options = parse('-t', ' T ', '-c', '7', '-o', '-1', '-f', 'TRUE');
    expect(options).toMatchObject({ topic: 'T', count: 7, offset: -1, force: true, list: false });
    expect(options.brokerAddr).toBeUndefined();
  });

  test('prefers short names of several letters to a value that is attached', () => {
    expect(parse('-t', 'T', '-bn', 'a', '-b', 'c')).toMatchObject({ brokerName: 'a', brokerAddr: 'c' });
  });

  test.each([
    [[], 'missing required option: -t/--topic'],
    [['-t'], 'option -t/--topic needs a value'],
    [['-t', '-l'], 'option -t/--topic needs a value'],
    [['-t', 'T', '-c', 'x'], "option -c/--count: 'x' is not a whole number of 32 bits"],
    [['-t', 'T', '-c', '2147483648'], "option -c/--count: '2147483648' is not a whole number of 32 bits"],
    [['-t', 'T', '-f', 'maybe'], "option -f/--force: 'maybe' is neither true nor false"],
    [['-t', 'T', '--tropic', 'x'], "unknown option '--tropic'; did you mean --topic?"],
    [['-t', 'T', '--broker', 'x'], "option '--broker' may be --brokerName or --brokerAddr"],
    [['T'], "'T' belongs to no option"],
    [['-t', 'T', '--list=1'], 'option -l/--list takes no value'],
  ])('refuses %j', (words, message) => {
    expect(() => parse(...words)).toThrow(new UsageError(message));
  });

  test('takes only one option of a group', () => {
    const groups = [{ oneOf: ['brokerName', 'brokerAddr'], required: true }];
    const withGroups = (...words: string[]) => parseOptions(['-t', 'T', ...words], OPTIONS, groups);
    expect(() => withGroups()).toThrow('one of these options is needed: -bn/--brokerName, -b/--brokerAddr');
    expect(() => withGroups('-b', 'x', '-bn', 'y')).toThrow('only one of these options may be given');
    expect(withGroups('-b', 'x').brokerAddr).toBe('x');
  });

  test('of any words gives values or a UsageError', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('-t', '--topic', '-b', '-bn', '-c', '-l', '--', '-', '--force', '__proto__'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        try {
          parse(...words);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
