/** Where commands print: text as the reference lays it out, or, with `--json`, the same rows as one JSON document. */
import { JavaDouble, type WritableJson, writeJson } from '@rocketmq-ts/common';
import { type Cell, escapeControls, escapeLines, format } from './format.js';

/** A table: how its rows look as text, and what they are in JSON is the rows themselves. */
export interface Table<R> {
  readonly titles: readonly string[];
  /** Template of the title line; the rows' own when absent. */
  readonly titleFormat?: string;
  /** Template of a row, see `format`. */
  readonly rowFormat: string;
  readonly cells: (row: R) => readonly Cell[];
}

/** Anything that can be made JSON: rows of tables, bodies, maps. */
export type Json = WritableJson | object;

export interface OutputOptions {
  readonly write: (text: string) => void;
  readonly json: boolean;
}

/**
 * One run's output, written as it comes. With JSON it is one document: the
 * value given to `result`, or else the list of all rows and reports, one per line.
 */
export class Output {
  readonly json: boolean;
  readonly #write: (text: string) => void;
  #state: 'nothing' | 'list' | 'result' = 'nothing';

  constructor({ write, json }: OutputOptions) {
    this.#write = write;
    this.json = json;
  }

  /** A line for people only. */
  line(template: string, ...cells: readonly Cell[]): void {
    if (!this.json) this.#write(`${format(template, ...cells)}\n`);
  }

  /** Several lines for people only; control characters apart from line ends and tabs are escaped. */
  text(text: string): void {
    if (!this.json) this.#write(escapeLines(text));
  }

  /** Titles and rows; in JSON the rows. */
  table<R extends object>(table: Table<R>, rows: Iterable<R>): void {
    this.titles(table);
    for (const row of rows) this.row(table, row);
  }

  /** The title line alone, for rows that come one by one. */
  titles<R>(table: Table<R>): void {
    this.line(table.titleFormat ?? titleFormatOf(table.rowFormat), ...table.titles);
  }

  /** One row; in JSON the row as it is. */
  row<R extends object>(table: Table<R>, row: R): void {
    this.report(row, table.rowFormat, ...(this.json ? [] : table.cells(row)));
  }

  /** Something that happened: a line for people, an item of the list in JSON. */
  report(record: Json, template: string, ...cells: readonly Cell[]): void {
    if (!this.json) {
      this.line(template, ...cells);
      return;
    }
    this.#write(`${this.#state === 'list' ? ',\n' : '['}${jsonText(record)}`);
    this.#state = 'list';
  }

  /** The whole JSON document, instead of a list; nothing for people. Call it once, and neither `row` nor `report`. */
  result(value: Json): void {
    if (!this.json) return;
    this.#write(`${jsonText(value)}\n`);
    this.#state = 'result';
  }

  /** Ends the JSON document; the next one begins anew. */
  flush(): void {
    if (!this.json) return;
    if (this.#state === 'list') this.#write(']\n');
    else if (this.#state === 'nothing') this.#write('[]\n');
    this.#state = 'nothing';
  }
}

/** Titles are texts where rows hold numbers, with the same widths. */
function titleFormatOf(rowFormat: string): string {
  return rowFormat.replace(/%(-?)0?(\d*)(?:\.\d+)?[dfs]/g, '%$1$2s');
}

function jsonText(value: Json): string {
  return escapeControls(writeJson(toWritable(value), { style: 'strict' }));
}

/** Sets become lists; the rest is taken as it is. */
function toWritable(value: unknown): WritableJson {
  if (value instanceof Set || Array.isArray(value)) return Array.from(value, toWritable);
  if (value instanceof Map) return new Map(Array.from(value, ([key, member]) => [toWritable(key), toWritable(member)]));
  if (typeof value !== 'object' || value === null || value instanceof JavaDouble) return value as WritableJson;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toWritable(member)]));
}
