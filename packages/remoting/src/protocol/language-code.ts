/** Names and numbers of the languages that peers say they are written in. Source: LanguageCode. */

/** Number on the wire by name. */
export const LanguageCode = {
  JAVA: 0,
  CPP: 1,
  DOTNET: 2,
  PYTHON: 3,
  DELPHI: 4,
  ERLANG: 5,
  RUBY: 6,
  OTHER: 7,
  HTTP: 8,
  GO: 9,
  PHP: 10,
  OMS: 11,
  RUST: 12,
  NODE_JS: 13,
} as const;
export type LanguageCode = keyof typeof LanguageCode;

const CODES: ReadonlyMap<string, number> = new Map(Object.entries(LanguageCode));
const NAMES: readonly string[] = Object.keys(LanguageCode);

/** The number of a language; unknown names count as OTHER. */
export function languageCode(name: string): number {
  return CODES.get(name) ?? LanguageCode.OTHER;
}

/** The name of a language number; unknown numbers count as OTHER. */
export function languageName(code: number): LanguageCode {
  return (NAMES[code] ?? 'OTHER') as LanguageCode;
}
