/** How much all connections of a server owe their peers together. */

export class OutputBudget {
  readonly limitBytes: number;
  readonly #onExceeded: () => void;
  #usedBytes = 0;

  /** `onExceeded` is called each time the limit is passed, or more is added above it. */
  constructor(limitBytes: number, onExceeded: () => void) {
    this.limitBytes = limitBytes;
    this.#onExceeded = onExceeded;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts `bytes` more, or, negative, less. */
  add(bytes: number): void {
    this.#usedBytes += bytes;
    if (bytes > 0 && this.#usedBytes > this.limitBytes) this.#onExceeded();
  }
}
