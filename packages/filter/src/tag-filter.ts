/** Filters by tags: brokers compare hashes in the consume queue, clients then compare the text. */
import { isTagType } from './expression-type.js';
import { FilterError } from './filter-error.js';
import type { MessageFilter } from './message-filter.js';
import { SUB_ALL, type SubscriptionData } from './subscription-data.js';

/** Passes messages whose tag hash is in the subscription. Source: DefaultMessageFilter, ExpressionMessageFilter. */
export class TagFilter implements MessageFilter {
  readonly passesAll: boolean;
  readonly #codes: ReadonlySet<number>;

  /** @throws FilterError for a subscription by another type, or in class-filter mode */
  constructor(subscription: SubscriptionData) {
    if (!isTagType(subscription.expressionType)) {
      throw new FilterError(`topic '${subscription.topic}': ${subscription.expressionType} is no tag subscription`);
    }
    refuseClassFilterMode(subscription);
    this.passesAll = subscription.subString === SUB_ALL;
    this.#codes = subscription.codeSet;
  }

  isMatchedByConsumeQueue(tagsCode: number | undefined): boolean {
    // Delayed messages have a time in this place, of which the reference compares the low 32 bits.
    return this.passesAll || tagsCode === undefined || this.#codes.has(tagsCode | 0);
  }

  isMatchedByCommitLog(): boolean {
    return true;
  }
}

/** @throws FilterError if a client asks to filter by code that it uploads, which no broker does any more */
export function refuseClassFilterMode(subscription: SubscriptionData): void {
  if (subscription.classFilterMode) {
    throw new FilterError(`topic '${subscription.topic}': class filter mode is not supported, use TAG or SQL92`);
  }
}

/**
 * The client's check of a message it has pulled, as different tags can have the same hash.
 * Source: PullAPIWrapper#processPullResult.
 */
export function matchesTagText(subscription: SubscriptionData, tags: string | null | undefined): boolean {
  if (subscription.tagsSet.size === 0 || subscription.classFilterMode) return true;
  return typeof tags === 'string' && subscription.tagsSet.has(tags);
}
