/**
 * A subscription of a consumer group to a topic, and its form in heartbeats and requests.
 * Source: SubscriptionData (remoting protocol, heartbeat).
 */
import { ExpressionType } from './expression-type.js';
import { SubscriptionError } from './filter-error.js';
import { FILTER_LIMITS } from './limits.js';

/** The tag expression that takes every message. */
export const SUB_ALL = '*';

export interface SubscriptionData {
  readonly topic: string;
  /** The expression: tags joined by `||`, `*`, or SQL92. */
  readonly subString: string;
  /** The tags of a tag expression; empty for all messages and for other types. */
  readonly tagsSet: ReadonlySet<string>;
  /** Java's hash codes of `tagsSet`, as they stand in the consume queue. */
  readonly codeSet: ReadonlySet<number>;
  /** Ms since the epoch at the client when it was made: of two the greater is the newer. */
  readonly subVersion: number;
  /** `TAG`, `SQL92`, or what a client sent. */
  readonly expressionType: string;
  /** A mode that brokers have given up; only old clients set it. */
  readonly classFilterMode: boolean;
}

/** The JSON object of a subscription, its keys in the reference's order. */
export interface SubscriptionDataJson {
  readonly classFilterMode: boolean;
  readonly codeSet: readonly number[];
  readonly expressionType: string;
  readonly subString: string;
  readonly subVersion: number;
  readonly tagsSet: readonly string[];
  readonly topic: string;
}

/** The form of heartbeats and of files, with sets as arrays. */
export function subscriptionDataToJson(subscription: SubscriptionData): SubscriptionDataJson {
  return {
    classFilterMode: subscription.classFilterMode,
    codeSet: [...subscription.codeSet],
    expressionType: subscription.expressionType,
    subString: subscription.subString,
    subVersion: subscription.subVersion,
    tagsSet: [...subscription.tagsSet],
    topic: subscription.topic,
  };
}

/**
 * Reads a subscription out of parsed JSON of a peer; what is absent has the reference's default (version 0).
 * @throws SubscriptionError for wrong types and beyond the limits
 */
export function subscriptionDataFromJson(json: unknown): SubscriptionData {
  const fields = fieldsOf(json);
  return {
    topic: textField(fields, 'topic', ''),
    subString: textField(fields, 'subString', ''),
    tagsSet: setField(
      fields,
      'tagsSet',
      (tag) => typeof tag === 'string' && tag.length <= FILTER_LIMITS.expressionLength,
    ),
    codeSet: setField(fields, 'codeSet', (code) => Number.isInteger(code) && code === (code as number) >> 0),
    subVersion: versionField(fields),
    expressionType: textField(fields, 'expressionType', ExpressionType.TAG),
    classFilterMode: flagField(fields, 'classFilterMode'),
  };
}

function fieldsOf(json: unknown): ReadonlyMap<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new SubscriptionError('subscription: a JSON object is expected');
  }
  return new Map(Object.entries(json));
}

function textField(fields: ReadonlyMap<string, unknown>, name: string, absent: string): string {
  const value = fields.get(name) ?? absent;
  if (typeof value !== 'string') throw new SubscriptionError(`subscription: ${name} is not a string`);
  if (value.length > FILTER_LIMITS.expressionLength) {
    throw new SubscriptionError(
      `subscription: ${name} has ${value.length} characters, at most ${FILTER_LIMITS.expressionLength} are allowed`,
    );
  }
  return value;
}

function flagField(fields: ReadonlyMap<string, unknown>, name: string): boolean {
  const value = fields.get(name) ?? false;
  if (typeof value !== 'boolean') throw new SubscriptionError(`subscription: ${name} is not a boolean`);
  return value;
}

function versionField(fields: ReadonlyMap<string, unknown>): number {
  const value = fields.get('subVersion') ?? 0;
  if (!Number.isSafeInteger(value)) throw new SubscriptionError('subscription: subVersion is not an integer');
  return value as number;
}

function setField<T>(
  fields: ReadonlyMap<string, unknown>,
  name: string,
  accepts: (element: unknown) => boolean,
): ReadonlySet<T> {
  const value = fields.get(name) ?? [];
  if (!Array.isArray(value)) throw new SubscriptionError(`subscription: ${name} is not a list`);
  if (value.length > FILTER_LIMITS.terms) {
    throw new SubscriptionError(`subscription: ${name} has ${value.length} elements, at most ${FILTER_LIMITS.terms}`);
  }
  if (!value.every(accepts)) throw new SubscriptionError(`subscription: ${name} has an element of a wrong type`);
  return new Set(value as T[]);
}
