import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SubscriptionError } from './filter-error.js';
import { FILTER_LIMITS } from './limits.js';
import { parseSubscription } from './parse-subscription.js';
import { type SubscriptionDataJson, subscriptionDataFromJson, subscriptionDataToJson } from './subscription-data.js';
import { matchesTagText, TagFilter } from './tag-filter.js';

interface Oracle {
  readonly build: readonly {
    readonly subString: string | null;
    readonly type: string | null;
    readonly data: SubscriptionDataJson | { readonly error: string; readonly message: string };
  }[];
  readonly tagMatch: readonly {
    readonly tag: string | null;
    readonly tagsCode: number;
    readonly matchesCodeSet: boolean;
  }[];
  readonly heartbeat: { readonly json: string };
}

const oracle: Oracle = JSON.parse(readFileSync(new URL('./testdata/subscription.json', import.meta.url), 'utf8'));

describe('the reference table', () => {
  test.each(oracle.build)('subscription $subString of type $type', ({ subString, type, data }) => {
    if ('error' in data) {
      expect(() => parseSubscription('TopicTest', subString, type, 1)).toThrow(new SubscriptionError(data.message));
      return;
    }
    const subscription = parseSubscription('TopicTest', subString, type, 1);
    expect(subscriptionDataToJson(subscription)).toEqual(data);
    expect(subscriptionDataFromJson(data)).toEqual(subscription);
  });

  test.each(oracle.tagMatch)('tag $tag against TagA || TagB', ({ tag, tagsCode, matchesCodeSet }) => {
    const subscription = parseSubscription('TopicTest', 'TagA || TagB', 'TAG', 1);
    expect(new TagFilter(subscription).isMatchedByConsumeQueue(tagsCode)).toBe(matchesCodeSet);
    expect(matchesTagText(subscription, tag)).toBe(matchesCodeSet);
  });

  test('a heartbeat is written with the same bytes', () => {
    const [data] = JSON.parse(oracle.heartbeat.json).consumerDataSet[0].subscriptionDataSet;
    const written = JSON.stringify(subscriptionDataToJson(subscriptionDataFromJson(data)));
    expect(oracle.heartbeat.json).toContain(written);
  });
});

describe('tag expressions', () => {
  test('blank pieces are left out, so an expression of blanks matches nothing', () => {
    const subscription = parseSubscription('t', ' || ', 'TAG', 1);
    expect(subscription.tagsSet.size).toBe(0);
    expect(new TagFilter(subscription).isMatchedByConsumeQueue(0)).toBe(false);
  });

  test('only what Java counts as white space is trimmed', () => {
    expect([...parseSubscription('t', '\u0000a\u0001||\u00a0b', 'TAG', 1).tagsSet]).toEqual(['a', '\u00a0b']);
  });

  test('too long, or too many tags, is refused', () => {
    const tooLong = 'x'.repeat(FILTER_LIMITS.expressionLength + 1);
    expect(() => parseSubscription('t', tooLong, 'TAG', 1)).toThrow(SubscriptionError);
    expect(() => parseSubscription('t', tooLong, 'SQL92', 1)).toThrow(SubscriptionError);
    const tags = Array.from({ length: FILTER_LIMITS.terms + 1 }, (_, i) => i);
    expect(() => parseSubscription('t', tags.join('||'), 'TAG', 1)).toThrow(/1001 tags/);
    expect(parseSubscription('t', tags.slice(1).join('||'), 'TAG', 1).codeSet.size).toBe(FILTER_LIMITS.terms);
  });
});

describe('hostile input', () => {
  test('any expression gives a subscription or a SubscriptionError', () => {
    const pieces = fc.array(fc.oneof(fc.constantFrom('|', '||', ' ', '*', 'a'), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(pieces, fc.option(fc.string()), (parts, type) => {
        try {
          const subscription = parseSubscription('t', parts.join(''), type, 1);
          expect(subscriptionDataFromJson(subscriptionDataToJson(subscription))).toEqual(subscription);
        } catch (error) {
          if (!(error instanceof SubscriptionError)) throw error;
        }
      }),
    );
  });

  test('any JSON gives a subscription or a SubscriptionError', () => {
    const keys = ['topic', 'subString', 'tagsSet', 'codeSet', 'subVersion', 'expressionType', 'classFilterMode'];
    const json = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...keys, '__proto__'), fc.jsonValue()));
    fc.assert(
      fc.property(json, (value) => {
        try {
          subscriptionDataFromJson(value);
        } catch (error) {
          if (!(error instanceof SubscriptionError)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    [{ codeSet: [2 ** 31] }],
    [{ codeSet: ['1'] }],
    [{ codeSet: Array.from({ length: 1_001 }, (_, i) => i) }],
    [{ tagsSet: [1] }],
    [{ tagsSet: 'a' }],
    [{ subVersion: 2 ** 53 }],
    [{ classFilterMode: 'true' }],
    [[]],
    [null],
  ])('%j is refused', (json) => {
    expect(() => subscriptionDataFromJson(json)).toThrow(SubscriptionError);
  });
});
