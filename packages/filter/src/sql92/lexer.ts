/**
 * Cuts a SQL92 filter expression into tokens, on demand: what the parser does not ask for is never looked at, since the
 * reference accepts anything after a complete expression. Of all tokens that could start at a place the longest wins.
 * Source: SelectorParser.jj.
 */
import { FilterCompileError } from '../filter-error.js';
import { KEYWORDS, type Keyword, SYMBOLS, type Token, type TokenType } from './token.js';

const WHITE_SPACE = /[ \t\n\r\f]+/y;
const NAME = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const FLOAT = /[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+/y;
// A zero stands alone: "010" is the two tokens "0" and "10", "0L" is "0" and the name "L".
const DECIMAL = /0|[1-9][0-9]*[lL]?/y;

const keywords: ReadonlyMap<string, Keyword> = new Map(KEYWORDS.map((word) => [word, word]));

/** Names a place for a reader: line and column from 1. */
export function describePlace(source: string, offset: number): string {
  const before = source.slice(0, offset).split(/\r\n|\r|\n/);
  return `line ${before.length}, column ${before[before.length - 1]!.length + 1}`;
}

function isLineEnd(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d;
}

/** The tokens of one expression, in order. */
export class Lexer {
  #offset = 0;
  readonly #lastLineEnd: number;

  constructor(readonly source: string) {
    this.#lastLineEnd = Math.max(source.lastIndexOf('\n'), source.lastIndexOf('\r'));
  }

  /** The next token; `end` at the end, again and again. @throws FilterCompileError if no token starts here */
  next(): Token {
    this.#skipBlanks();
    const start = this.#offset;
    if (start >= this.source.length) return { type: 'end', text: '', offset: start };
    return (
      this.#quoted(start) ?? this.#word(start) ?? this.#number(start) ?? this.#symbol(start) ?? this.#refuse(start)
    );
  }

  #skipBlanks(): void {
    while (this.#match(WHITE_SPACE) !== undefined || this.#skipLineComment() || this.#skipBlockComment());
  }

  /** A line comment counts only if its line ends; otherwise `--` is two minus signs. */
  #skipLineComment(): boolean {
    if (this.#offset > this.#lastLineEnd || !this.source.startsWith('--', this.#offset)) return false;
    while (!isLineEnd(this.source.charCodeAt(this.#offset))) this.#offset++;
    return true;
  }

  #skipBlockComment(): boolean {
    if (!this.source.startsWith('/*', this.#offset)) return false;
    const end = this.source.indexOf('*/', this.#offset + 2);
    if (end < 0) return false;
    this.#offset = end + 2;
    return true;
  }

  /** A string runs to its last quote that is not one of a doubled pair. */
  #quoted(start: number): Token | undefined {
    if (this.source[start] !== "'") return undefined;
    let end = -1;
    let quote = this.source.indexOf("'", start + 1);
    while (quote >= 0) {
      end = quote + 1;
      if (this.source[end] !== "'") break;
      quote = this.source.indexOf("'", end + 1);
    }
    return end < 0 ? undefined : this.#token('string', start, end);
  }

  #word(start: number): Token | undefined {
    const text = this.#match(NAME);
    return text === undefined ? undefined : { type: keywords.get(text.toUpperCase()) ?? 'name', text, offset: start };
  }

  #number(start: number): Token | undefined {
    const float = this.#match(FLOAT);
    if (float !== undefined) return { type: 'float', text: float, offset: start };
    const decimal = this.#match(DECIMAL);
    return decimal === undefined ? undefined : { type: 'decimal', text: decimal, offset: start };
  }

  #symbol(start: number): Token | undefined {
    const symbol = SYMBOLS.find((text) => this.source.startsWith(text, start));
    return symbol === undefined ? undefined : this.#token(symbol, start, start + symbol.length);
  }

  #refuse(start: number): never {
    const character = String.fromCodePoint(this.source.codePointAt(start)!);
    const what = character === "'" ? 'a string without its closing quote' : `unexpected ${JSON.stringify(character)}`;
    throw new FilterCompileError(`SQL92 expression: ${what} at ${describePlace(this.source, start)}`, start);
  }

  #token(type: TokenType, start: number, end: number): Token {
    this.#offset = end;
    return { type, text: this.source.slice(start, end), offset: start };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const text = pattern.exec(this.source)?.[0];
    if (text !== undefined) this.#offset += text.length;
    return text;
  }
}
