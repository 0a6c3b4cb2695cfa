/** What a consumer is subscribed to. */
import { checkClientTopic, wrapNamespace } from '@rocketmq-ts/common';
import { ExpressionType, parseSubscription, type SubscriptionData, SubscriptionError } from '@rocketmq-ts/filter';
import type { FilterExpression } from '../api.js';
import { InvalidArgumentError } from '../errors.js';

/** Subscriptions by topic, with the namespace. */
export class Subscriptions {
  readonly #namespace: string | undefined;
  readonly #nowMs: () => number;
  readonly #byTopic = new Map<string, SubscriptionData>();

  constructor(namespace: string | undefined, nowMs: () => number) {
    this.#namespace = namespace;
    this.#nowMs = nowMs;
  }

  get all(): readonly SubscriptionData[] {
    return [...this.#byTopic.values()];
  }

  get topics(): Iterable<string> {
    return this.#byTopic.keys();
  }

  of(topic: string): SubscriptionData | undefined {
    return this.#byTopic.get(topic);
  }

  /** Subscribes, or changes the expression; tells what there was before. @throws InvalidArgumentError */
  add(
    topic: string,
    expression: FilterExpression = '*',
  ): { readonly before: SubscriptionData | undefined; readonly now: SubscriptionData } {
    const problem = checkClientTopic(topic);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    const inward = wrapNamespace(this.#namespace, topic);
    const before = this.#byTopic.get(inward);
    return { before, now: this.addInternal(inward, expression) };
  }

  /** Undoes an `add`; the topic has its namespace. */
  restore(topic: string, before: SubscriptionData | undefined): void {
    if (before === undefined) this.#byTopic.delete(topic);
    else this.#byTopic.set(topic, before);
  }

  /** As `add`, for a topic that has its namespace. */
  addInternal(topic: string, expression: FilterExpression): SubscriptionData {
    const [text, type] =
      typeof expression === 'string' ? [expression, ExpressionType.TAG] : [expression.sql, ExpressionType.SQL92];
    try {
      const subscription = parseSubscription(topic, text, type, this.#nowMs());
      this.#byTopic.set(topic, subscription);
      return subscription;
    } catch (error) {
      if (!(error instanceof SubscriptionError)) throw error;
      throw new InvalidArgumentError(`subscription to topic '${topic}': ${error.message}`, { cause: error });
    }
  }

  /** True when there was one. */
  remove(topic: string): boolean {
    return this.#byTopic.delete(wrapNamespace(this.#namespace, topic));
  }
}
