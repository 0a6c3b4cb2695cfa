/** The vocabulary of SQL92 filter expressions. */

/** Reserved words, in any case of ASCII letters; they cannot be property names. */
export const KEYWORDS = [
  'NOT',
  'AND',
  'OR',
  'BETWEEN',
  'IN',
  'TRUE',
  'FALSE',
  'NULL',
  'IS',
  'CONTAINS',
  'STARTSWITH',
  'ENDSWITH',
] as const;

/** A reserved word in upper case. */
export type Keyword = (typeof KEYWORDS)[number];

/** Operators and punctuation, longer ones before their prefixes. */
export const SYMBOLS = ['<>', '>=', '<=', '=', '>', '<', '(', ')', ',', '+', '-'] as const;

/** One of `SYMBOLS`. */
export type SymbolText = (typeof SYMBOLS)[number];

/** What the parser decides by: keywords and symbols stand for themselves; `end` comes once, last. */
export type TokenType = Keyword | SymbolText | 'decimal' | 'float' | 'string' | 'name' | 'end';

/** One token; `text` is as written, quotes and suffixes included. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** Of the first unit, from 0. */
  readonly offset: number;
}
