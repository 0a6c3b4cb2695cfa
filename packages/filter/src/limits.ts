/**
 * Bounds on what a subscriber may ask a filter to do. Expressions come from the network, are kept for each group and
 * run for each message, so each dimension of their cost has a limit.
 */

/** The limits of tag and SQL92 expressions; beyond them an expression is refused when it is parsed. */
export const FILTER_LIMITS = {
  /** Longest expression, in UTF-16 units. */
  expressionLength: 16 * 1024,
  /** Most operands (properties, literals, elements of IN lists) or tags in an expression. */
  terms: 1_000,
  /** Deepest nesting: parentheses, prefix operators and chains of comparisons. */
  depth: 64,
  /** Most node visits that one evaluation may need in the worst case. */
  evaluationSteps: 10_000,
  /** Most UTF-16 units that one evaluation may read for text search and number conversion. */
  evaluationTextUnits: 1024 * 1024,
  /** Compiled expressions, and refusals, that a cache keeps. Source: SelectorParser#PARSE_CACHE. */
  cachedExpressions: 100,
} as const;
