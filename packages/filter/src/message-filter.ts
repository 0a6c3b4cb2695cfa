/** The question that a store asks of a subscription while it reads a queue for it. */

/** The extension unit of a consume-queue entry, where a queue has one. Source: ConsumeQueueExt.CqExtUnit. */
export interface ConsumeQueueExtUnit {
  readonly tagsCode: number;
  readonly storeTimestamp: number;
  /** Bloom-filter bits computed when the message was stored; absent when none were. */
  readonly filterBitMap: Uint8Array | undefined;
}

/**
 * Tells which messages a reader wants, in two steps: first by what the queue
 * entry says, then, for those that may match, by the message itself.
 * Source: org.apache.rocketmq.store.MessageFilter.
 */
export interface MessageFilter {
  /**
   * True when the entry may match. `tagsCode` is the value of the queue entry;
   * undefined when it holds no tag code (an address into the extension file).
   */
  matchesConsumeQueue(tagsCode: number | undefined, extUnit: ConsumeQueueExtUnit | undefined): boolean;
  /** True when the message matches. `record` is the whole record in store format; it must not be kept. */
  matchesCommitLog(record: Uint8Array): boolean;
}
