/** The only source of randomness; tests seed it. */
export interface Random {
  /** A whole number in [0, bound). */
  nextInt(bound: number): number;
  /** A number in [0, 1). */
  nextDouble(): number;
  bytes(count: number): Buffer;
  /** A random UUID in its text form. */
  uuid(): string;
}
