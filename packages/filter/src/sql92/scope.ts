/** What one evaluation of an expression works with: the properties it has looked up, and how much text it may still read. */
import { FILTER_LIMITS } from '../limits.js';
import { EvaluationFailure } from './evaluation-failure.js';

/** Gives the value of a message's property, undefined if the message has none of that name. */
export type PropertyLookup = (name: string) => string | undefined;

const noProperty: PropertyLookup = () => undefined;

/**
 * Kept with a compiled expression and used for one evaluation after the other, so that an evaluation allocates nothing.
 * Each property is looked up once at most in an evaluation, and only if its value is needed.
 */
export class Scope {
  readonly #names: string[] = [];
  /** undefined: not looked up yet; null: the message has no such property. */
  readonly #values: (string | null | undefined)[] = [];
  #lookup = noProperty;
  #textUnitsLeft = 0;

  /** The place of a property in this scope; for the compiler. */
  slotOf(name: string): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    this.#values.push(undefined);
    return this.#names.push(name) - 1;
  }

  /** The properties that the expression names, each once. */
  get propertyNames(): readonly string[] {
    return this.#names;
  }

  begin(lookup: PropertyLookup): void {
    this.#lookup = lookup;
    this.#textUnitsLeft = FILTER_LIMITS.evaluationTextUnits;
  }

  /** Forgets the message, as it could keep a large buffer alive. */
  end(): void {
    this.#lookup = noProperty;
    const values = this.#values;
    for (let i = 0; i < values.length; i++) values[i] = undefined;
  }

  property(slot: number): string | null {
    const known = this.#values[slot];
    if (known !== undefined) return known;
    const value = this.#lookup(this.#names[slot]!) ?? null;
    this.#values[slot] = value;
    return value;
  }

  /** Accounts for so much text that is about to be read. @throws EvaluationFailure beyond the budget */
  spend(textUnits: number): void {
    this.#textUnitsLeft -= textUnits;
    if (this.#textUnitsLeft < 0) throw EvaluationFailure.tooMuchText;
  }
}
