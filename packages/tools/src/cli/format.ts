/** Columns of text as the reference's format strings lay them out, with nothing from outside able to steer the terminal. */
import { formatJavaDouble } from '@rocketmq-ts/common';

/** What may stand in a column; undefined is printed as `null`, as Java does. */
export type Cell = string | number | boolean | undefined;

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const CONTROL_IN_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escaped(char: string): string {
  return NAMED.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Makes control characters visible (`\u001b`), line ends and those that turn the writing direction included. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, escaped);
}

/** As `escapeControls`, but lines stay lines and tabs stay tabs. */
export function escapeLines(text: string): string {
  return text.replace(CONTROL_IN_LINES, escaped);
}

const SPECIFIER = /%(-?)(0?)(\d*)(?:\.(\d+))?([sdf%])/g;

/**
 * Fills a template of Java's kind: `%s`, `%d` and `%.2f` with widths, `-` for
 * left-aligned, `0` for leading zeros. Texts are escaped.
 */
export function format(template: string, ...cells: readonly Cell[]): string {
  let next = 0;
  return template.replace(
    SPECIFIER,
    (_, left: string, zero: string, width: string, precision: string, kind: string) => {
      if (kind === '%') return '%';
      const text = cellText(cells[next++], kind, precision);
      if (left !== '') return text.padEnd(Number(width));
      return text.padStart(Number(width), zero === '' ? ' ' : '0');
    },
  );
}

function cellText(cell: Cell, kind: string, precision: string | undefined): string {
  if (cell === undefined) return 'null';
  if (kind === 'f' && typeof cell === 'number')
    return Number.isNaN(cell) ? 'NaN' : cell.toFixed(Number(precision ?? 6));
  return typeof cell === 'string' ? escapeControls(cell) : String(cell);
}

/** The end of a text that is longer than `length`; the reference cuts long names in front. Source: UtilAll#frontStringAtLeast. */
export function frontStringAtLeast(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) : text;
}

/** A double as Java prints it: `0.0`. */
export function javaDouble(value: number): string {
  return formatJavaDouble(value);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-11-21 07:26:00` in local time. */
export function formatSeconds(timestamp: number): string {
  const date = new Date(timestamp);
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `2026-11-21 07:26:00,279` in local time. Source: UtilAll#timeMillisToHumanString2. */
export function formatMillis(timestamp: number): string {
  return `${formatSeconds(timestamp)},${String(new Date(timestamp).getMilliseconds()).padStart(3, '0')}`;
}

const TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})#(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})$/;

/** Reads ms since the epoch or `yyyy-MM-dd#HH:mm:ss:SSS` in local time; undefined for anything else. */
export function parseTimestamp(value: string): number | undefined {
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  const parts = TIME.exec(value)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 1, day = 1, hour, minute, second, ms] = parts;
  return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
}
