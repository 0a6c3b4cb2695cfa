/** What decides whether a stored message goes to a consumer. Source: store.MessageFilter. */
import type { PropertyLookup } from './sql92/scope.js';

/** The part of an extended consume-queue entry that filters use. Source: ConsumeQueueExt.CqExtUnit. */
export interface CqExtUnit {
  /** Ms since the epoch. */
  readonly msgStoreTime: number;
  /** One bit for each bloom-filter position; undefined if none was calculated. */
  readonly filterBitMap: Uint8Array | undefined;
}

/**
 * Asked twice for a message: by its consume-queue entry, before the message is read, and by its properties. Both must say
 * yes. Neither allocates memory for a message.
 */
export interface MessageFilter {
  /** Every message matches: it need not be asked. */
  readonly passesAll?: boolean;

  /**
   * @param tagsCode the entry's code: a sign-extended 32-bit tag hash, or a time for delayed messages; undefined if the
   *   entry has none, and then the message passes
   */
  isMatchedByConsumeQueue(tagsCode: number | undefined, cqExtUnit?: CqExtUnit): boolean;

  /** @param lookup finds a property of the message, decoded or not */
  isMatchedByCommitLog(lookup: PropertyLookup): boolean;
}
