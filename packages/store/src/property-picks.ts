/** Finds the few properties that queues and index are made from, in the bytes of a record, without making text of the others. */
import { type IndexKey, indexKeyIn, NO_KEY, textIn } from './index-key.js';
import { NAME_VALUE_SEPARATOR, PROPERTY_SEPARATOR } from './record-layout.js';
import { findByte } from './short-bytes.js';

const DELAY = Buffer.from('DELAY');
const KEYS = Buffer.from('KEYS');
const TAGS = Buffer.from('TAGS');
const UNIQ_KEY = Buffer.from('UNIQ_KEY');
const INNER_NUM = Buffer.from('INNER_NUM');
const MULTI_DISPATCH = Buffer.from('INNER_MULTI_DISPATCH');
const MULTI_QUEUE_OFFSET = Buffer.from('INNER_MULTI_QUEUE_OFFSET');

/** Bytes, and a view of the same. */
export interface BytesInView {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** The values that dispatching needs out of a record's properties. One of these serves any number of records, one after the other. */
export class PropertyPicks {
  uniqKey: IndexKey = NO_KEY;
  keys: string | undefined;
  tags: IndexKey = NO_KEY;
  delayLevel = 0;
  /** Messages that an inner batch says it has, 0 when it says nothing. */
  innerCount = 0;
  /** Light queues, and the offset in each, as lists. */
  lightNames: string | undefined;
  lightOffsets: string | undefined;

  /** Finds them in the text form of properties. A later value of a name wins, as in a map. */
  read({ bytes, view }: BytesInView, start: number, end: number): void {
    this.uniqKey = this.tags = NO_KEY;
    this.keys = this.lightNames = this.lightOffsets = undefined;
    this.delayLevel = this.innerCount = 0;
    for (let nameStart = start; nameStart < end; ) {
      let position = nameStart;
      while (position < end && bytes[position]! > PROPERTY_SEPARATOR) position++;
      const middle = bytes[position] === NAME_VALUE_SEPARATOR ? position : -1;
      position = findByte(view, PROPERTY_SEPARATOR, position, end);
      if (middle > nameStart && middle < end) this.#pick(bytes, nameStart, middle, position);
      nameStart = position + 1;
    }
  }

  #pick(bytes: Uint8Array, start: number, middle: number, stop: number): void {
    const value = middle + 1;
    switch (middle - start) {
      case 4:
        if (isName(bytes, start, KEYS)) this.keys = textIn(bytes, value, stop);
        else if (isName(bytes, start, TAGS)) this.tags = indexKeyIn(bytes, value, stop);
        break;
      case 5:
        if (isName(bytes, start, DELAY)) this.delayLevel = toCount(textIn(bytes, value, stop));
        break;
      case 8:
        if (isName(bytes, start, UNIQ_KEY)) this.uniqKey = indexKeyIn(bytes, value, stop);
        break;
      case 9:
        if (isName(bytes, start, INNER_NUM)) this.innerCount = toCount(textIn(bytes, value, stop));
        break;
      case 20:
        if (isName(bytes, start, MULTI_DISPATCH)) this.lightNames = textIn(bytes, value, stop);
        break;
      case 24:
        if (isName(bytes, start, MULTI_QUEUE_OFFSET)) this.lightOffsets = textIn(bytes, value, stop);
    }
  }
}

function isName(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}

function toCount(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
