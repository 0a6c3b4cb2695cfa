// Our admin client, and what Java's tools see of our clients.
import { describe, test } from 'vitest';
import { eventually, type Queue } from '../support/judge.js';
import { allStored, createTopic, numbered, queue, unlessThrown } from '../support/steps.js';
import { consume, outgoing, producer, type TsTests, until } from './suite.js';

/** A table of Java's whose keys are queues. */
type Pairs<V> = readonly (readonly [Queue, V])[];

// The tools of 5.x ask what brokers of 4.x do not answer: there, ours are on their own.
type Stats = { readonly offsetTable: Pairs<{ readonly maxOffset: number }> };
type Progress = { readonly offsetTable: Pairs<{ readonly consumerOffset: number }> };

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
const TRACE_DECODER = 'org.apache.rocketmq.client.trace.TraceDataEncoder';

/** The admin client. */
export const adminTests: TsTests = (context) => {
  describe('the admin client', () => {
    test('creates, describes and deletes topics as Java sees them', async ({ expect }) => {
      const topic = context().name('ts_admin');
      const { admin } = context().ours;
      const { brokerName, clusterName } = context().servers;
      await admin.createTopic({ topic, readQueueNums: 3, writeQueueNums: 2 });
      const route = await eventually(
        () => admin.route(topic).catch(() => undefined),
        (found) => found !== undefined,
      );
      expect(route?.queueDatas).toMatchObject([{ brokerName, readQueueNums: 3, writeQueueNums: 2, perm: 6 }]);
      expect((await admin.clusterInfo()).clusterAddrTable.get(clusterName)).toEqual([brokerName]);
      expect(await admin.listTopics()).toContain(topic);
      for (let i = 0; i < 4; i++) await context().ours.producer.send({ topic, body: `${i}` });
      const sums = async () => [...(await admin.topicStats(topic)).offsetTable.values()].map((each) => each.maxOffset);
      const maxOffsets = await eventually(sums, (offsets) => sum(offsets) === 4);
      expect(maxOffsets.filter((max) => max > 0)).toEqual([2, 2]);
      if (context().kind !== 'reference-4') {
        const java = await context().admin.call<Stats>('examineTopicStats', topic);
        const ours = [...(await admin.topicStats(topic)).offsetTable].map(([{ queueId }, each]) => [
          queueId,
          each.maxOffset,
        ]);
        expect(ours.sort()).toEqual(java.offsetTable.map(([{ queueId }, each]) => [queueId, each.maxOffset]).sort());
      }
      await admin.deleteTopic(topic);
      expect(await admin.listTopics()).not.toContain(topic);
    });

    test('finds messages by key and by both ids', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_find');
      const { admin, producer: ours } = context().ours;
      const sent = await ours.send(outgoing({ topic, body: 'found', keys: 'needle' }));
      const found = await eventually(
        () => admin.messagesByKey(topic, 'needle'),
        (messages) => messages.length === 1,
      );
      expect(found[0]).toMatchObject({ topic, queueId: sent.queue.queueId, queueOffset: sent.queueOffset });
      for (const id of [sent.messageId, sent.offsetMessageId]) {
        const message = await eventually(
          () => admin.messageById(topic, id),
          (one) => one !== undefined,
        );
        expect(Buffer.from(message!.body!).toString()).toBe('found');
      }
      expect(await context().admin.call('viewMessage', topic, sent.messageId)).toMatchObject({ body: 'found' });
    });

    test('tells progress and lag as Java does, and sets groups back while they run', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_progress', { queues: 2 });
      const group = context().name('progress');
      allStored(
        await context().producer.send(
          'selector',
          numbered(topic, 10, (index) => ({ shard: `${index}` })),
        ),
      );
      // A running consumer learns of it from its next pull.
      const options = { subscriptions: { [topic]: '*' }, pull: { suspendMs: 1000 } };
      await using consumer = await consume(context(), 'progress', options);
      await consumer.deliveries.received(10);
      await consumer.persistOffsets();
      const { admin } = context().ours;
      expect(await admin.lag(group, topic)).toBe(0);
      const progress = [0, 1].map((id) => admin.consumerOffset(group, queue(context(), topic, id)));
      expect(await Promise.all(progress)).toEqual([5, 5]);
      if (context().kind !== 'reference-4') {
        const java = await context().admin.call<Progress>('examineConsumeStats', group);
        const ofTopic = java.offsetTable.filter(([each]) => each.topic === topic);
        expect(ofTopic.map(([, { consumerOffset }]) => consumerOffset)).toEqual([5, 5]);
      }
      await admin.resetOffsets(group, topic, 'begin');
      await consumer.deliveries.received(20);
      await context().admin.call('resetOffsetByTimestamp', topic, group, 0, true);
      await consumer.deliveries.received(30);
      expect(await admin.consumerOffset(group, queue(context(), topic, 0))).toBeTypeOf('number');
    });
  });

  describe("Java's tools", () => {
    test('see our consumer, its state, and have it consume a message', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_seen', { queues: 2 });
      const group = context().name('seen');
      await using consumer = await consume(context(), 'seen', { subscriptions: { [topic]: 'a || b' } });
      await until(
        () => consumer.assignment.length >= 2,
        () => consumer.assignment,
      );
      const { admin } = context();
      const connections = () =>
        admin
          .call<{ connectionSet: { clientId: string }[] }>('examineConsumerConnectionInfo', group)
          .catch(unlessThrown);
      const seen = await eventually(connections, (found) => found !== undefined);
      expect(seen?.connectionSet).toMatchObject(
        [{ clientId: consumer.clientId, language: 'OTHER' }].map(({ clientId }) => ({ clientId })),
      );
      const sent = await context().ours.producer.send({ topic, tag: 'a', body: 'x' });
      await consumer.deliveries.received(1);
      const info = await admin.call<{ properties: Record<string, string>; mqTable: Pairs<object> }>(
        'getConsumerRunningInfo',
        ...[group, consumer.clientId, false],
      );
      expect(info.properties).toMatchObject({ PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY', PROP_CONSUMEORDERLY: 'false' });
      expect(info.mqTable.map(([each]) => each.topic)).toContain(topic);
      const result = await admin.call<{ consumeResult: string }>(
        'consumeMessageDirectly',
        ...[group, consumer.clientId, topic, sent.messageId],
      );
      expect(result).toMatchObject({ consumeResult: 'CR_SUCCESS' });
      expect(await consumer.deliveries.received(2)).toHaveLength(2);
    });

    test('read the traces of our producer and consumer', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_traced');
      await using ours = producer(context(), { messageTrace: true });
      const sent = await ours.send({ topic, tag: 't', keys: 'k', body: 'traced' });
      await using consumer = await consume(context(), 'traced', {
        subscriptions: { [topic]: '*' },
        messageTrace: true,
      });
      await consumer.deliveries.received(1);
      const { admin, judge } = context();
      const contexts = async () => {
        const end = Date.now() + 60_000;
        const found = await admin
          .call<{ messageList: { body: string }[] }>('queryMessage', TRACE_TOPIC, sent.messageId, 64, 0, end)
          .catch(unlessThrown);
        const decoded = (found?.messageList ?? []).map(({ body }) =>
          judge.callStatic<Trace[]>(TRACE_DECODER, 'decoderFromTraceDataString', body),
        );
        return (await Promise.all(decoded)).flat().filter(({ traceBeans }) => traceBeans[0]?.msgId === sent.messageId);
      };
      const traces = await eventually(contexts, (found) => new Set(found.map(({ traceType }) => traceType)).size === 3);
      const of = (type: string) => traces.find(({ traceType }) => traceType === type);
      const bean = { topic, tags: 't', keys: 'k', msgId: sent.messageId, offsetMsgId: sent.offsetMessageId };
      expect(of('Pub')).toMatchObject({ isSuccess: true, traceBeans: [bean] });
      expect(of('SubBefore')).toMatchObject({ groupName: consumer.group, traceBeans: [{ msgId: sent.messageId }] });
      expect(of('SubAfter')).toMatchObject({ isSuccess: true, traceBeans: [{ msgId: sent.messageId }] });
    });
  });
};

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

interface Trace {
  readonly traceType: string;
  readonly isSuccess: boolean;
  readonly groupName: string;
  readonly traceBeans: readonly { readonly msgId: string }[];
}
