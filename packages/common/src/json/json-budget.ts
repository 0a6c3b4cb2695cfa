/** How much may be built from one JSON text: each value takes many times the memory and the time of its text. */

import { MalformedDataError } from '../errors.js';

/** Without a number there is no bound. */
export interface JsonBudgetLimits {
  readonly maxContainers?: number | undefined;
  readonly maxValues?: number | undefined;
}

/** Counts what one reading of a text builds. */
export class JsonBudget {
  readonly #limits: JsonBudgetLimits;
  #containers = 0;
  #values = 0;

  constructor(limits: JsonBudgetLimits) {
    this.#limits = limits;
  }

  /** @throws MalformedDataError when there are too many */
  takeContainers(count: number): void {
    this.#containers += count;
    const { maxContainers = Number.POSITIVE_INFINITY } = this.#limits;
    if (this.#containers > maxContainers) {
      throw new MalformedDataError(`JSON: more than ${maxContainers} objects and lists`);
    }
  }

  /** @throws MalformedDataError when there are too many */
  takeValues(count: number): void {
    this.#values += count;
    const { maxValues = Number.POSITIVE_INFINITY } = this.#limits;
    if (this.#values > maxValues) {
      throw new MalformedDataError(`JSON: more than ${maxValues} values`);
    }
  }
}
