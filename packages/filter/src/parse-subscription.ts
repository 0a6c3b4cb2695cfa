/** Makes subscriptions out of what applications and pull requests say. Source: FilterAPI. */
import { javaHashCode } from '@rocketmq-ts/common';
import { ExpressionType } from './expression-type.js';
import { SubscriptionError } from './filter-error.js';
import { FILTER_LIMITS } from './limits.js';
import { trimJava } from './sql92/java-number.js';
import { SUB_ALL, type SubscriptionData } from './subscription-data.js';

/**
 * The subscription of a topic. Tag expressions are taken apart; an expression of another type is kept as it is and not
 * compiled here. No expression, or `*`, means all messages for tags and is an error for other types.
 * @param subVersion ms since the epoch, from the clock of who makes the subscription
 * @throws SubscriptionError for an expression without tags or beyond the limits
 */
export function parseSubscription(
  topic: string,
  subString: string | null | undefined,
  expressionType: string | null | undefined,
  subVersion: number,
): SubscriptionData {
  const text = subString ?? '';
  if (text.length > FILTER_LIMITS.expressionLength) {
    throw new SubscriptionError(
      `expression of topic '${topic}': ${text.length} characters are more than the ${FILTER_LIMITS.expressionLength} allowed`,
    );
  }
  const type = expressionType ?? ExpressionType.TAG;
  if (type !== ExpressionType.TAG && text === '') throw new SubscriptionError(`Expression can't be null! ${type}`);
  const tagsSet = type === ExpressionType.TAG ? parseTags(text) : new Set<string>();
  return {
    topic,
    subString: text === '' ? SUB_ALL : text,
    tagsSet,
    codeSet: new Set([...tagsSet].map(javaHashCode)),
    subVersion,
    expressionType: type,
    classFilterMode: false,
  };
}

/**
 * The tags of `a || b`; none for all messages. Empty pieces are left out, but an expression of bars only is refused.
 * @throws SubscriptionError
 */
function parseTags(subString: string): ReadonlySet<string> {
  const tags = new Set<string>();
  if (subString === '' || subString === SUB_ALL) return tags;
  const pieces = subString.split('||');
  if (pieces.every((piece) => piece === '')) throw new SubscriptionError('subString split error');
  for (const piece of pieces) {
    const tag = trimJava(piece);
    if (tag !== '') tags.add(tag);
  }
  if (tags.size > FILTER_LIMITS.terms) {
    throw new SubscriptionError(`${tags.size} tags are more than the ${FILTER_LIMITS.terms} allowed`);
  }
  return tags;
}
