/** Gives filters the properties of the record they are asked about, decoded when they are asked for. */
import { findProperty } from '@rocketmq-ts/common';
import type { PropertyLookup } from '@rocketmq-ts/filter';
import { propertiesOf, type RecordBytes } from './record-reader.js';

/** One of these serves one record after the other. */
export class RecordProperties {
  #data: RecordBytes | undefined;
  #at = 0;
  #text: string | undefined;

  /** Points it to a record that was found whole. */
  of(data: RecordBytes, at: number): PropertyLookup {
    this.#data = data;
    this.#at = at;
    this.#text = undefined;
    return this.#lookup;
  }

  /** Forgets the record. */
  end(): void {
    this.#data = undefined;
    this.#text = undefined;
  }

  readonly #lookup: PropertyLookup = (name) => {
    if (this.#data === undefined) return undefined;
    this.#text ??= propertiesOf(this.#data, this.#at);
    return findProperty(this.#text, name);
  };
}
