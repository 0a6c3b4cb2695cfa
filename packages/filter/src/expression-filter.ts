/** Filters by SQL92 expressions: first by the bit map of the extended consume queue, if there is one, then by properties. */
import { MessageConst } from '@rocketmq-ts/common';
import type { BloomFilter } from './bloom/bloom-filter.js';
import type { ConsumerFilterData } from './consumer-filter-data.js';
import { isTagType } from './expression-type.js';
import { FilterError } from './filter-error.js';
import type { CqExtUnit, MessageFilter } from './message-filter.js';
import type { EvaluationProblem } from './sql92/compiled-expression.js';
import type { PropertyLookup } from './sql92/scope.js';
import type { SubscriptionData } from './subscription-data.js';
import { refuseClassFilterMode } from './tag-filter.js';

/** Hears of each message that could not be evaluated and therefore did not pass: whoever logs it has to be sparing. */
export type EvaluationProblemListener = (problem: EvaluationProblem, filterData: ConsumerFilterData) => void;

export interface ExpressionFilterOptions {
  readonly subscription: SubscriptionData;
  /** The broker's bloom filter; without one all is decided by properties. */
  readonly bloomFilter?: BloomFilter | undefined;
  readonly onProblem?: EvaluationProblemListener | undefined;
}

/** Source: ExpressionMessageFilter. */
export class ExpressionFilter implements MessageFilter {
  readonly #filterData: ConsumerFilterData;
  /** Set only if the group's bits belong to it. */
  readonly #bloomFilter: BloomFilter | undefined;
  readonly #onProblem: (problem: EvaluationProblem) => void;

  /** @throws FilterError for a subscription by tags, or in class-filter mode */
  constructor(filterData: ConsumerFilterData, { subscription, bloomFilter, onProblem }: ExpressionFilterOptions) {
    refuseTagType(subscription);
    refuseClassFilterMode(subscription);
    this.#filterData = filterData;
    this.#bloomFilter = bloomFilter?.isValid(filterData.bloomFilterData) ? bloomFilter : undefined;
    this.#onProblem = (problem) => onProblem?.(problem, filterData);
  }

  /** Says no only if the bit map was made when this expression was already known, and rules a match out. */
  isMatchedByConsumeQueue(_tagsCode: number | undefined, cqExtUnit?: CqExtUnit): boolean {
    const bits = cqExtUnit?.filterBitMap;
    const bloomFilter = this.#bloomFilter;
    const bloomFilterData = this.#filterData.bloomFilterData;
    if (cqExtUnit === undefined || bits === undefined || bloomFilter === undefined || bloomFilterData === undefined) {
      return true;
    }
    if (!this.#filterData.isMsgInLive(cqExtUnit.msgStoreTime)) return true;
    return bits.length * 8 !== bloomFilterData.bitNum || bloomFilter.isHitBytes(bloomFilterData.bitPos, bits);
  }

  isMatchedByCommitLog(lookup: PropertyLookup): boolean {
    return this.#filterData.compiledExpression.matches(lookup, this.#onProblem);
  }
}

export interface RetryExpressionFilterOptions {
  /** The subscription of the group's retry topic. */
  readonly subscription: SubscriptionData;
  /** The group's filter for a message's first topic; undefined if it has none there. */
  readonly filterDataOf: (originTopic: string) => ConsumerFilterData | undefined;
  readonly onProblem?: EvaluationProblemListener | undefined;
}

/**
 * Filters a group's retry topic: each message by the expression of the topic it came from. It passes where there is none.
 * Source: ExpressionForRetryMessageFilter.
 */
export class RetryExpressionFilter implements MessageFilter {
  readonly #options: RetryExpressionFilterOptions;

  /** @throws FilterError for a subscription by tags, or in class-filter mode */
  constructor(options: RetryExpressionFilterOptions) {
    refuseTagType(options.subscription);
    refuseClassFilterMode(options.subscription);
    this.#options = options;
  }

  isMatchedByConsumeQueue(): boolean {
    return true;
  }

  isMatchedByCommitLog(lookup: PropertyLookup): boolean {
    const originTopic = lookup(MessageConst.PROPERTY_RETRY_TOPIC);
    const filterData = originTopic === undefined ? undefined : this.#options.filterDataOf(originTopic);
    if (filterData === undefined) return true;
    const { onProblem } = this.#options;
    return filterData.compiledExpression.matches(lookup, (problem) => onProblem?.(problem, filterData));
  }
}

function refuseTagType(subscription: SubscriptionData): void {
  if (isTagType(subscription.expressionType)) {
    throw new FilterError(`topic '${subscription.topic}': a tag subscription has no expression to evaluate`);
  }
}
