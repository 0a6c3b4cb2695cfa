/** Memory that is used again soon, and can be kept from it. */

/** Who lends memory for a time that only the borrower knows. */
export interface Lender {
  /** Keeps the memory as it is until `release`, once for each call. False when too much is held already: then it must be copied. */
  hold(): boolean;
  release(): void;
}
