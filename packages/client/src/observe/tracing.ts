/** OpenTelemetry spans by the semantic conventions for messaging: `send` around sends, `process` around handlers. */
import type { ReceivedMessage } from '../consumer/received-message.js';
import { reasonOf } from '../errors.js';
import type { OutgoingMessage } from '../producer/outgoing-message.js';
import type { ConsumeObserver, SendObserver } from './observer.js';
import type { OpenTelemetryApi, OtelAttributes, OtelSpan, OtelTracer, TracingOptions } from './opentelemetry.js';

const INSTRUMENTATION = '@rocketmq-ts/client';

/** Who sends or consumes. */
export interface TracedClient {
  /** With its namespace. */
  readonly group: string;
  readonly clientId: string;
}

/** A span of kind PRODUCER around every send; its context is put into the properties of the message. */
export function tracedSends<T>(options: TracingOptions, { clientId }: TracedClient): SendObserver<T> {
  const { api } = options;
  const tracer = tracerOf(options);
  return {
    begin(message, { isHalf }) {
      const parent = api.context.active();
      const attributes = { ...sendAttributes(message, isHalf === true), 'messaging.client.id': clientId };
      const span = tracer.startSpan(`send ${message.topic}`, { kind: api.SpanKind.PRODUCER, attributes }, parent);
      const carrier: Record<string, string> = {};
      api.propagation.inject(api.trace.setSpan(parent, span), carrier);
      return {
        message: { ...message, properties: { ...message.properties, ...carrier } },
        ended({ result, error, bodyBytes }) {
          if (bodyBytes > 0) span.setAttribute('messaging.message.body.size', bodyBytes);
          if (result !== undefined) {
            span.setAttribute('messaging.message.id', result.messageId);
            span.setAttribute('messaging.destination.partition.id', String(result.queue.queueId));
          }
          if (error !== undefined) failed(api, span, error);
          span.end();
        },
      };
    },
  };
}

/** A span of kind CONSUMER around every call of a handler: below the producer's for one message, linked for several. */
export function tracedHandling<T>(
  options: TracingOptions,
  { group, clientId }: TracedClient,
  consumptionModel: 'clustering' | 'broadcasting',
): ConsumeObserver<T> {
  const { api } = options;
  const tracer = tracerOf(options);
  return {
    begin(messages) {
      const active = api.context.active();
      const parents = messages.map((message) => api.propagation.extract(active, message, PROPERTY_GETTER));
      const links = parents.map((parent) => api.trace.getSpanContext(parent)).filter((found) => found !== undefined);
      const attributes = {
        ...processAttributes(messages),
        'messaging.client.id': clientId,
        'messaging.consumer.group.name': group,
        'messaging.rocketmq.consumption_model': consumptionModel,
      };
      const isSingle = messages.length === 1;
      const parent = isSingle ? parents[0] : active;
      const span = tracer.startSpan(
        `process ${messages[0]!.topic}`,
        {
          kind: api.SpanKind.CONSUMER,
          attributes,
          links: isSingle ? [] : links.map((context) => ({ context })),
        },
        parent,
      );
      const inside = api.trace.setSpan(parent, span);
      return {
        run: (next) => api.context.with(inside, next),
        ended(isFailed, error) {
          if (isFailed) failed(api, span, error);
          span.end();
        },
      };
    },
  };
}

const PROPERTY_GETTER = {
  get: (message: ReceivedMessage<unknown>, name: string): string | undefined => message.property(name),
  keys: (message: ReceivedMessage<unknown>): string[] => [...message.properties.keys()],
};

function tracerOf({ api, tracer }: TracingOptions): OtelTracer {
  return tracer ?? api.trace.getTracer(INSTRUMENTATION);
}

function failed(api: OpenTelemetryApi, span: OtelSpan, error: unknown): void {
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: reasonOf(error) });
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  span.setAttribute('error.type', String(code ?? (error instanceof Error ? error.name : typeof error)));
  if (error instanceof Error) span.recordException(error);
}

function sendAttributes<T>(message: OutgoingMessage<T>, isHalf: boolean): OtelAttributes {
  const { topic, tag, keys, delayLevel, deliverAtMs, shardingKey } = message;
  return defined({
    'messaging.system': 'rocketmq',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.rocketmq.message.tag': tag,
    'messaging.rocketmq.message.keys': typeof keys === 'string' ? [keys] : keys,
    'messaging.rocketmq.message.group': shardingKey,
    'messaging.rocketmq.message.delay_time_level': delayLevel,
    'messaging.rocketmq.message.delivery_timestamp': deliverAtMs,
    'messaging.rocketmq.message.type': messageType(message, isHalf),
  });
}

function messageType<T>(
  { delayLevel, delayMs, deliverAtMs, shardingKey }: OutgoingMessage<T>,
  isHalf: boolean,
): string {
  if (isHalf) return 'transaction';
  if (delayLevel !== undefined || delayMs !== undefined || deliverAtMs !== undefined) return 'delay';
  return shardingKey === undefined ? 'normal' : 'fifo';
}

function processAttributes(messages: readonly ReceivedMessage<unknown>[]): OtelAttributes {
  const first = messages[0]!;
  const isSingle = messages.length === 1;
  return defined({
    'messaging.system': 'rocketmq',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': first.topic,
    'messaging.destination.partition.id': isSingle ? String(first.queue.queueId) : undefined,
    'messaging.message.id': isSingle ? first.messageId : undefined,
    'messaging.rocketmq.message.tag': isSingle ? first.tag : undefined,
    'messaging.rocketmq.message.keys': isSingle && first.keys.length > 0 ? first.keys : undefined,
    'messaging.batch.message_count': isSingle ? undefined : messages.length,
  });
}

function defined(attributes: OtelAttributes): OtelAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
