/** Message filtering: subscriptions, tags, SQL92 expressions, and the bloom filter over consumer groups. */
export * from './bloom/bits-array.js';
export * from './bloom/bloom-filter.js';
export * from './consumer-filter-data.js';
export * from './expression-cache.js';
export * from './expression-filter.js';
export * from './expression-type.js';
export { FilterCompileError, FilterError, FilterEvaluationError, SubscriptionError } from './filter-error.js';
export * from './limits.js';
export * from './message-filter.js';
export * from './parse-subscription.js';
export { CompiledExpression, type EvaluationProblem } from './sql92/compiled-expression.js';
export type { Ternary } from './sql92/compiler.js';
export type { PropertyLookup } from './sql92/scope.js';
export * from './subscription-data.js';
export * from './tag-filter.js';
