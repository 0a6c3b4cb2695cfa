/**
 * The body of a client's batch: messages one after the other, each as total
 * size (4), magic (4), CRC (4), flag (4), body length (4), body, properties
 * length (2), properties. It comes from the wire: every length is checked.
 * Source: MessageDecoder#encodeMessages, MessageExtEncoder.
 */
import { PROPERTIES_LIMIT_BYTES } from './record-layout.js';

const HEAD_BYTES = 20;
/** The reference counts them in 16 bits. */
const MAX_MESSAGES = 32767;
const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/**
 * Walks over the messages of a batch without making an object of any: one
 * serves any number of batches, one after the other.
 *
 * ```ts
 * if (batch.open(body)) while (batch.next()) append(batch.bodyAt, batch.bodyBytes);
 * ```
 */
export class ClientBatch {
  /** The body of the batch, in which the places are. */
  bytes: Uint8Array = NOTHING;
  view: DataView = NO_VIEW;
  /** Messages of the batch, the bytes of all their bodies and of all their properties, and the longest properties. */
  count = 0;
  totalBodyBytes = 0;
  totalPropertiesBytes = 0;
  longestPropertiesBytes = 0;
  /** Of the message at hand. */
  flag = 0;
  bodyAt = 0;
  bodyBytes = 0;
  propertiesAt = 0;
  propertiesEnd = 0;

  /** Looks through a batch and stands before its first message; false when it is malformed or empty, or has too many. */
  open(body: Uint8Array): boolean {
    this.bytes = body;
    this.view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.count = this.totalBodyBytes = this.totalPropertiesBytes = this.longestPropertiesBytes = 0;
    for (this.propertiesEnd = 0; this.propertiesEnd < body.length; this.count++) {
      if (this.count === MAX_MESSAGES || !this.#read()) return false;
      const propertiesBytes = this.propertiesEnd - this.propertiesAt;
      this.totalBodyBytes += this.bodyBytes;
      this.totalPropertiesBytes += propertiesBytes;
      if (propertiesBytes > this.longestPropertiesBytes) this.longestPropertiesBytes = propertiesBytes;
    }
    this.propertiesEnd = 0;
    return this.count > 0;
  }

  /** Moves to the next message of a batch that `open` has found whole; false behind the last. */
  next(): boolean {
    return this.propertiesEnd < this.bytes.length && this.#read();
  }

  /** Lets go of the batch. */
  close(): void {
    this.bytes = NOTHING;
    this.view = NO_VIEW;
  }

  #read(): boolean {
    const { view } = this;
    const start = this.propertiesEnd;
    const limit = this.bytes.length;
    if (start + HEAD_BYTES > limit) return false;
    const bodyBytes = view.getInt32(start + 16);
    const bodyEnd = start + HEAD_BYTES + bodyBytes;
    if (bodyBytes < 0 || bodyEnd + 2 > limit) return false;
    const propertiesBytes = view.getInt16(bodyEnd);
    const end = bodyEnd + 2 + propertiesBytes;
    if (propertiesBytes < 0 || propertiesBytes > PROPERTIES_LIMIT_BYTES || end > limit) return false;
    // The size that the message states is checked too: a batch that contradicts itself is not stored.
    if (view.getInt32(start) !== end - start) return false;
    this.flag = view.getInt32(start + 12);
    this.bodyAt = start + HEAD_BYTES;
    this.bodyBytes = bodyBytes;
    this.propertiesAt = bodyEnd + 2;
    this.propertiesEnd = end;
    return true;
  }
}
