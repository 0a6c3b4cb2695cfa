import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeControls, escapeLines, format, formatMillis, parseTimestamp } from './format.js';
import { Output, type Table } from './output.js';

const ESC = String.fromCharCode(27);

const TABLE: Table<{ name: string; count: number }> = {
  titles: ['#Name', '#Count'],
  rowFormat: '%-8s  %5d',
  cells: ({ name, count }) => [name, count],
};

function outputOf(json: boolean, work: (out: Output) => void): string {
  let text = '';
  const out = new Output({ write: (part) => (text += part), json });
  work(out);
  out.flush();
  return text;
}

describe('format', () => {
  test('lays columns out as Java does', () => {
    expect(format('%-4s|%4s|%04d|%7.2f|%s|%%', 'ab', 'cd', 7, 1.005, undefined)).toBe('ab  |  cd|0007|   1.00|null|%');
  });

  test('makes control characters in cells visible', () => {
    expect(format('%s', `a${ESC}[31mb\nc\u202e`)).toBe('a\\u001b[31mb\\nc\\u202e');
  });

  test('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControls(text)).not.toMatch(/\p{Cc}/u);
        expect(escapeLines(text).replace(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('Output', () => {
  test('prints titles and rows', () => {
    expect(outputOf(false, (out) => out.table(TABLE, [{ name: 'a', count: 1 }]))).toBe(
      '#Name     #Count\na             1\n',
    );
  });

  test('prints the same rows as one JSON list, and nothing for people', () => {
    const text = outputOf(true, (out) => {
      out.line('hello');
      out.table(TABLE, [
        { name: `${ESC}\u009b`, count: 1 },
        { name: 'b', count: 2 },
      ]);
      out.text('bye');
    });
    expect(text).toBe('[{"name":"\\u001b\\u009b","count":1},\n{"name":"b","count":2}]\n');
    expect(JSON.parse(text)).toHaveLength(2);
  });

  test('prints an empty list when nothing happened', () => {
    expect(outputOf(true, () => {})).toBe('[]\n');
  });

  test('prints a result as it is, maps and sets included', () => {
    const value = { table: new Map([['__proto__', new Set([1])]]) };
    expect(outputOf(true, (out) => out.result(value))).toBe('{"table":{"__proto__":[1]}}\n');
  });
});

test('times are read as they are printed, with a hash sign', () => {
  const time = new Date(2026, 10, 21, 7, 26, 0, 279).getTime();
  expect(parseTimestamp('2026-11-21#07:26:00:279')).toBe(time);
  expect(parseTimestamp(String(time))).toBe(time);
  expect(parseTimestamp('tomorrow')).toBeUndefined();
  expect(formatMillis(time)).toBe('2026-11-21 07:26:00,279');
});
