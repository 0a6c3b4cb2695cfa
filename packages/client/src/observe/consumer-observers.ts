/** Everything that may watch a consumer, from its options. */
import type { ClientInstance } from '../client-instance.js';
import { type ConsumeHook, consumeHookObserver } from './hooks.js';
import { type TraceDispatcher, traceDispatcher } from './message-trace/trace-dispatcher.js';
import { traceHandling } from './message-trace/trace-observers.js';
import type { MessageTraceOptions } from './message-trace/trace-options.js';
import { ObservedConsumption } from './observed-consumption.js';
import type { ConsumeObserver } from './observer.js';
import type { TracingOptions } from './opentelemetry.js';
import { tracedHandling } from './tracing.js';

/** How consumption is watched. */
export interface ConsumeObservationOptions<T> {
  /** Called around the consumption of messages. */
  readonly hooks?: readonly ConsumeHook<T>[];
  /** OpenTelemetry spans around the consumption of messages. Default: none. */
  readonly tracing?: TracingOptions;
  /** RocketMQ's own message traces. Default: false. */
  readonly messageTrace?: boolean | MessageTraceOptions;
}

/** Who consumes. */
export interface ObservedConsumer {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  readonly model: 'clustering' | 'broadcasting';
}

export interface ConsumerObservers<T> {
  readonly observed: ObservedConsumption<T>;
  /** To be closed with the consumer. */
  readonly traces: TraceDispatcher | undefined;
}

export function consumerObservers<T>(
  { client, group, model }: ObservedConsumer,
  { hooks = [], tracing, messageTrace }: ConsumeObservationOptions<T>,
): ConsumerObservers<T> {
  const traces = traceDispatcher(client, { group, type: 'CONSUME' }, messageTrace);
  const { clientId, options } = client;
  const observers: ConsumeObserver<T>[] = hooks.map((hook) => consumeHookObserver(hook, options.logger));
  if (tracing !== undefined) observers.push(tracedHandling(tracing, { group, clientId }, model));
  if (traces !== undefined) observers.push(traceHandling(traces));
  return { observed: new ObservedConsumption(group, observers), traces };
}
