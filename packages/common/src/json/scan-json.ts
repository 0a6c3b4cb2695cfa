/** A first look at JSON text, before anything is built from it: its depth, how much it holds, and numbers that a double cannot hold. */

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

export interface JsonScan {
  /** Nesting of braces and brackets outside of double-quoted text. */
  readonly depth: number;
  /** Objects and arrays that begin. */
  readonly containers: number;
  /** Commas outside of double-quoted text: with the containers, a bound on the values that will be built. */
  readonly commas: number;
  /** True when there may be a whole number that loses digits as a double. */
  readonly bigNumbers: boolean;
}

/** Position of the quote that ends the text begun before `from`, or the length when none does. */
export function closingQuote(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end > 0) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH && end - 1 - backslashes >= from) {
      backslashes++;
    }
    if (backslashes % 2 === 0) {
      return end;
    }
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** One pass without building anything; stops early when deeper than `maxDepth`. */
export function scanJson(text: string, maxDepth: number): JsonScan {
  let depth = 0;
  let deepest = 0;
  let containers = 0;
  let commas = 0;
  let digits = 0;
  let bigNumbers = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x30 && c <= 0x39) {
      // 2^53 has sixteen digits: shorter numbers are exact.
      bigNumbers ||= ++digits >= 16;
      continue;
    }
    digits = 0;
    if (c === QUOTE) {
      i = closingQuote(text, i + 1);
    } else if (c === 0x7b || c === 0x5b) {
      containers++;
      deepest = Math.max(deepest, ++depth);
      if (deepest > maxDepth) {
        break;
      }
    } else if (c === COMMA) {
      commas++;
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
    }
  }
  return { depth: deepest, containers, commas, bigNumbers };
}
