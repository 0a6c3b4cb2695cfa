/** Messages with properties that mean nothing but themselves, as most have: they go from the header to the record without becoming text. */
import { AsciiPropertyScanner, AsciiText, PROPERTY_SEPARATOR } from '@rocketmq-ts/common';
import { type AsciiProperties, indexKeyIn, javaHashOf, NO_KEY, type PutMessage } from '@rocketmq-ts/store';
import { KeptTexts } from './kept-texts.js';
import { SCANNED_PROPERTIES, Slot } from './scanned-properties.js';

/** What may be found; the unique key must. */
const USUAL = bit(Slot.Keys) | bit(Slot.Tags) | bit(Slot.UniqKey) | bit(Slot.Wait);
const FALSE_CHARS = 5;
const SEPARATOR = PROPERTY_SEPARATOR.charCodeAt(0);

/** Reads the properties of one message after the other. */
export class AsciiMessages {
  readonly #scanner = new AsciiPropertyScanner(SCANNED_PROPERTIES);
  readonly #kept = new KeptTexts();
  readonly #isAscii: boolean;
  /** What the broker adds, and the same behind properties that do not end with a separator. */
  readonly #added: AsciiText;
  readonly #separated: AsciiText;
  /** The store reads it during the call only. */
  readonly #properties: { -readonly [N in keyof AsciiProperties]: AsciiProperties[N] };

  /** `added` are properties that follow those of each message. */
  constructor(added: string) {
    this.#isAscii = Buffer.byteLength(added) === added.length;
    this.#added = AsciiText.of(added);
    this.#separated = AsciiText.of(PROPERTY_SEPARATOR + added);
    this.#properties = { own: this.#added, added: this.#added, uniqKey: NO_KEY, tags: NO_KEY };
  }

  /**
   * Puts the properties, and what is to be known of them, into the message;
   * answers the unique key. Undefined when they ask for more, or when the
   * broker would change them: then the message is what it was.
   */
  read(own: AsciiText, message: PutMessage): AsciiText | undefined {
    const scanner = this.#scanner;
    scanner.scan(own);
    if ((scanner.found & ~USUAL) !== 0 || !scanner.has(Slot.UniqKey) || !scanner.isPlain || !this.#isAscii)
      return undefined;
    const { bytes } = own;
    const properties = this.#properties;
    properties.own = own;
    properties.added = bytes[own.end - 1] === SEPARATOR ? this.#added : this.#separated;
    properties.uniqKey = indexKeyIn(bytes, scanner.start(Slot.UniqKey), scanner.end(Slot.UniqKey));
    properties.tags = scanner.has(Slot.Tags)
      ? indexKeyIn(bytes, scanner.start(Slot.Tags), scanner.end(Slot.Tags))
      : NO_KEY;
    message.ascii = properties;
    message.tagsCode = scanner.has(Slot.Tags) ? javaHashOf(properties.tags) : 0;
    message.keys = scanner.has(Slot.Keys) ? scanner.text(Slot.Keys) : undefined;
    message.waitStoreMsgOk = !this.#refusesToWait();
    return this.#kept.keep(own, scanner.start(Slot.UniqKey), scanner.end(Slot.UniqKey));
  }

  #refusesToWait(): boolean {
    const scanner = this.#scanner;
    if (!scanner.has(Slot.Wait) || scanner.end(Slot.Wait) - scanner.start(Slot.Wait) !== FALSE_CHARS) return false;
    return scanner.text(Slot.Wait).toLowerCase() === 'false';
  }
}

function bit(slot: Slot): number {
  return 1 << slot;
}
