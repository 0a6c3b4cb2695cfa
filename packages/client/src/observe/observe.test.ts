// What can be seen of producers and consumers: events, channels, spans, metrics, lag, message traces.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { LitePullConsumer } from '../consumer/lite-pull-consumer.js';
import { PushConsumer } from '../consumer/push-consumer.js';
import type { PushConsumerOwnOptions } from '../consumer/push-consumer-options.js';
import { Producer } from '../producer/producer.js';
import type { ProducerOwnOptions } from '../producer/producer-options.js';
import { FakeCluster } from '../test-cluster.js';
import { ClientChannel } from './channels.js';
import type { OpenTelemetryApi } from './opentelemetry.js';

interface Given {
  readonly producer?: ProducerOwnOptions<string | Uint8Array>;
  readonly consumer?: Partial<PushConsumerOwnOptions<Buffer>>;
}

async function setUp(given: Given = {}) {
  const cluster = await FakeCluster.start({ topics: { T: 2, RMQ_SYS_TRACE_TOPIC: 1 } });
  const { nameServers } = cluster;
  const producer = new Producer({ nameServers, group: 'p', ...given.producer }, cluster.ports('10.0.1.50'));
  const seen: string[] = [];
  const own: PushConsumerOwnOptions<Buffer> = {
    group: 'g',
    subscriptions: { T: '*' },
    consumeFrom: 'first',
    onMessage: (message) => seen.push(message.body.toString()),
    ...given.consumer,
  };
  const consumer = new PushConsumer({ nameServers, ...own }, cluster.ports('10.0.1.60'));
  return { cluster, producer, consumer, seen };
}

/** A tracer that writes down what it is told, with contexts that are names of spans. */
function fakeTelemetry() {
  const spans: Record<string, unknown>[] = [];
  let active: string | undefined;
  const api: OpenTelemetryApi = {
    trace: {
      getTracer: () => ({
        startSpan(name, options, context) {
          const span: Record<string, unknown> = { name, id: `s${spans.length}`, parent: context, ...options };
          spans.push(span);
          return {
            setAttribute: (key, value) => Object.assign(span.attributes as object, { [key]: value }),
            setStatus: (status) => Object.assign(span, { status }),
            recordException: (error) => Object.assign(span, { exception: error.message }),
            spanContext: () => span.id,
            end: () => Object.assign(span, { ended: true, id: span.id }),
          };
        },
      }),
      setSpan: (_context, span) => span.spanContext(),
      getSpanContext: (context) => context,
    },
    context: {
      active: () => active,
      with(context, run) {
        const before = active;
        active = context;
        try {
          return run();
        } finally {
          active = before;
        }
      },
    },
    propagation: {
      inject: (context, carrier) => Object.assign(carrier, { traceparent: `00-${context}` }),
      extract: (_context, carrier, getter) => getter.get(carrier, 'traceparent')?.slice(3),
    },
    SpanKind: { PRODUCER: 3, CONSUMER: 4 },
    SpanStatusCode: { ERROR: 2 },
  };
  return { api, spans, active: () => active };
}

describe('events', () => {
  test('tell of connections, of queues that come and go, and of handlers that fail', async () => {
    const { cluster, producer, consumer } = await setUp({
      consumer: {
        onMessage: ({ reconsumeTimes }) => {
          if (reconsumeTimes === 0) throw new Error('not today');
        },
      },
    });
    const told: string[] = [];
    const stop = consumer.on('rebalance', ({ assigned, assignment }) =>
      told.push(`${assigned.length} of ${assignment.length}`),
    );
    consumer.on('connected', ({ address }) => told.push(`connected ${address}`));
    consumer.on('error', ({ what, error }) => told.push(`${what}: ${(error as Error).message}`));
    consumer.on('error', () => {
      throw new Error('a listener of its own kind');
    });
    producer.on('disconnected', ({ address }) => told.push(`gone ${address}`));
    await cluster.settle(consumer.start());
    expect(told).toContain('connected 10.0.2.1:10911');
    expect(told).toContain('3 of 3');
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    await cluster.until(() => told.includes('handler: not today'));
    stop();
    cluster.brokers[0]!.kill();
    await cluster.until(() => told.includes('gone 10.0.2.1:10911'));
  });
});

describe('diagnostics channels', () => {
  test('tell of sends and of consumption while somebody listens', async () => {
    const { cluster, producer, consumer, seen } = await setUp();
    const told: string[] = [];
    const listeners = Object.values(ClientChannel).map((name) => {
      const listener = (): void => {
        told.push(name);
      };
      subscribe(name, listener);
      return [name, listener] as const;
    });
    await cluster.settle(consumer.start());
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    await cluster.until(() => seen.length === 1);
    for (const [name, listener] of listeners) unsubscribe(name, listener);
    const before = told.length;
    await cluster.settle(producer.send({ topic: 'T', body: 'y' }));
    expect(told).toHaveLength(before);
    expect(told).toEqual(
      expect.arrayContaining([
        'rocketmq.client.connected',
        'rocketmq.client.rebalance',
        'rocketmq.client.send.start',
        'rocketmq.client.send.end',
        'rocketmq.client.consume.start',
        'rocketmq.client.consume.end',
      ]),
    );
  });
});

describe('spans', () => {
  test('go from the send into the handler', async () => {
    const { api, spans, active } = fakeTelemetry();
    const inside: unknown[] = [];
    const { cluster, producer, consumer } = await setUp({
      producer: { tracing: { api } },
      consumer: { tracing: { api }, onMessage: () => inside.push(active()) },
    });
    await cluster.settle(consumer.start());
    const { messageId } = await cluster.settle(producer.send({ topic: 'T', tag: 'a', keys: 'k', body: 'xyz' }));
    await cluster.until(() => inside.length === 1);
    const [send, process] = spans;
    expect(send).toMatchObject({
      name: 'send T',
      kind: 3,
      ended: true,
      attributes: {
        'messaging.system': 'rocketmq',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'T',
        'messaging.message.id': messageId,
        'messaging.message.body.size': 3,
        'messaging.rocketmq.message.tag': 'a',
        'messaging.rocketmq.message.keys': ['k'],
        'messaging.rocketmq.message.type': 'normal',
      },
    });
    expect(process).toMatchObject({
      name: 'process T',
      kind: 4,
      parent: 's0',
      ended: true,
      attributes: { 'messaging.consumer.group.name': 'g', 'messaging.message.id': messageId },
    });
    expect(inside).toEqual(['s1']);
  });

  test('and message traces see polled messages until they are acknowledged', async () => {
    const { api, spans } = fakeTelemetry();
    const { cluster, producer } = await setUp({ producer: { tracing: { api } } });
    const { nameServers } = cluster;
    const options = { nameServers, group: 'g', subscriptions: { T: '*' }, consumeFrom: 'first' as const };
    const consumer = new LitePullConsumer({ ...options, tracing: { api }, messageTrace: true }, cluster.ports());
    const { messageId } = await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    await cluster.settle(consumer.poll());
    expect(spans[1]).toMatchObject({ name: 'process T', kind: 4, parent: 's0' });
    expect(spans[1]).not.toHaveProperty('ended');
    await cluster.settle(consumer.commit());
    expect(spans[1]).toMatchObject({ ended: true, attributes: { 'messaging.message.id': messageId } });
    await cluster.settle(consumer.close());
    const traces = cluster.brokers[0]!.bodies('RMQ_SYS_TRACE_TOPIC').join('');
    expect(traces.match(/SubBefore|SubAfter/g)).toEqual(['SubBefore', 'SubAfter']);
  });

  test('tell why a send failed', async () => {
    const { api, spans } = fakeTelemetry();
    const { cluster, producer } = await setUp({ producer: { tracing: { api } } });
    cluster.brokers[0]!.sendRule = () => ({ code: 13, remark: 'bad' });
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }).catch(() => undefined));
    expect(spans[0]).toMatchObject({ ended: true, status: { code: 2 }, attributes: { 'error.type': 'SEND_FAILED' } });
  });
});

describe('metrics and lag', () => {
  test('are reported as configured', async () => {
    const gauges = new Map<string, number>();
    const { cluster, producer, consumer, seen } = await setUp({
      consumer: {
        metrics: { gauge: (name, value, labels) => gauges.set(`${name} ${labels.topic} ${labels.group}`, value) },
        metricsIntervalMs: 1000,
        lagMonitor: { threshold: 4, intervalMs: 1000 },
      },
    });
    await cluster.settle(consumer.start());
    for (let i = 0; i < 6; i++) await cluster.settle(producer.send({ topic: 'T', body: `${i}` }));
    await cluster.until(() => seen.length === 6);
    await cluster.clock.advance(1100);
    expect(gauges.get('rocketmq_client_consume_ok_msg_tps T g')).toBe(0.1);
    expect(gauges.get('rocketmq_client_consumer_pull_tps T g')).toBe(0.1);
    expect([...gauges.keys()].filter((key) => key.endsWith(' T g'))).toHaveLength(6);
    const lags: number[] = [];
    consumer.on('lag', ({ total }) => lags.push(total));
    consumer.pause();
    await cluster.clock.advance(20_000);
    for (let i = 0; i < 8; i++) await cluster.settle(producer.send({ topic: 'T', body: `${i}` }));
    const measured = await cluster.settle(consumer.lag());
    await cluster.until(() => lags.length > 0);
    expect(measured.reduce((sum, { lag }) => sum + lag, 0)).toBe(lags[0]);
    expect(lags[0]).toBeGreaterThan(4);
  });
});

describe('message traces', () => {
  test('of a send and of its consumption are stored under the keys of the message', async () => {
    const { cluster, producer, consumer, seen } = await setUp({
      producer: { messageTrace: true },
      consumer: { messageTrace: true },
    });
    await cluster.settle(consumer.start());
    const { messageId, offsetMessageId } = await cluster.settle(
      producer.send({ topic: 'T', tag: 'a', keys: ['k1', 'k2'], body: 'xyz' }),
    );
    await cluster.until(() => seen.length === 1);
    await cluster.settle(Promise.all([producer.close(), consumer.close()]));
    const records = cluster.brokers[0]!.bodies('RMQ_SYS_TRACE_TOPIC')
      .join('')
      .split('\u0002')
      .filter((record) => record !== '')
      .map((record) => record.split('\u0001'));
    const fieldsOf = (type: string) => records.find(([first]) => first === type)!;
    expect(records.map(([type]) => type).sort()).toEqual(['Pub', 'SubAfter', 'SubBefore']);
    const pub = fieldsOf('Pub');
    expect(pub.slice(2, 10)).toEqual(['DefaultRegion', 'p', 'T', messageId, 'a', 'k1 k2', '10.0.2.1:10911', '3']);
    expect(pub.slice(11)).toEqual(['0', offsetMessageId, 'true']);
    const before = fieldsOf('SubBefore');
    expect(before.slice(2, 4)).toEqual(['here', 'g']);
    expect(before.slice(5)).toEqual([messageId, '0', 'k1 k2']);
    const after = fieldsOf('SubAfter');
    expect(after.slice(1, 3)).toEqual([before[4], messageId]);
    expect(after.slice(4, 7)).toEqual(['true', 'k1 k2', '0']);
    expect(after[8]).toBe('g');
    await cluster.clock.runToIdle(1000);
  });

  test('are dropped rather than waited for when the trace topic cannot be written', async () => {
    const { cluster, producer } = await setUp({ producer: { messageTrace: true } });
    cluster.brokers[0]!.sendRule = ({ topic }) => (topic === 'T' ? undefined : 'silence');
    for (let i = 0; i < 100; i++) await cluster.settle(producer.send({ topic: 'T', body: 'x' }), 100);
    await cluster.settle(producer.close({ timeoutMs: 1000 }), 2000);
  });
});
