/** Gives filters the properties of the record they are asked about, decoded when they are asked for. */
import { findProperty, MessageConst } from '@rocketmq-ts/common';
import type { PropertyLookup } from '@rocketmq-ts/filter';
import { MAX_BATCH_MESSAGES } from './batch-entry.js';
import type { RecordBytes } from './record-bytes.js';
import { INNER_BATCH_FLAG, SYS_FLAG_POSITION } from './record-layout.js';
import { propertiesOf } from './record-reader.js';

/** How many messages a record that was found whole holds: only an inner batch has several. */
export function messagesIn(data: RecordBytes, at: number): number {
  if ((data.view.getInt32(at + SYS_FLAG_POSITION) & INNER_BATCH_FLAG) === 0) return 1;
  const count = Number(findProperty(propertiesOf(data, at), MessageConst.PROPERTY_INNER_NUM));
  return Number.isInteger(count) && count >= 1 && count <= MAX_BATCH_MESSAGES ? count : 1;
}

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
