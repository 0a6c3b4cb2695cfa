// Our admin client against the Java name server and broker, and against ours: every subject, with running clients of
// ours to look at.
import {
  Admin,
  BrokerError,
  LitePullConsumer,
  NEWEST,
  Producer,
  PushConsumer,
  type SendResult,
} from '@rocketmq-ts/client';
import { createSubscriptionGroupConfig, createTopicConfig, isMessageId, type MessageQueue } from '@rocketmq-ts/common';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { missing } from './support/java.js';
import { eventually } from './support/judge.js';
import { type Kind, type Servers, scratch, startServers } from './support/servers.js';

const REQUEST_TIMEOUT_MS = 20_000;
/** Resets go through the running consumers, as before 5.3; at the end of the tests, through the broker alone. */
const CONFIG = { useServerSideResetOffset: 'false' };

describe.each<Kind>(['reference', 'ours'])('MQAdminExt with the servers of: %s', (kind) => {
  describe.skipIf(kind === 'reference' && missing !== undefined)('', () => {
    const directory = scratch(`admin-${kind}`);
    let servers: Servers;
    let admin: Admin;
    let producer: Producer;

    beforeAll(async () => {
      servers = await startServers(kind, { directory: directory.path, config: CONFIG });
      const nameServers = servers.namesrv;
      admin = new Admin({ nameServers, requestTimeoutMs: REQUEST_TIMEOUT_MS });
      producer = new Producer({
        nameServers,
        group: 'admin-producer',
        sendTimeoutMs: REQUEST_TIMEOUT_MS,
        messageTrace: true,
      });
    });

    afterAll(async () => {
      await producer?.close();
      await admin?.close();
      await Promise.all((servers?.children ?? []).map((child) => child.kill()));
      directory.remove();
    });

    /** A topic with a route. */
    async function topicWithRoute(topic: string, queues = 2): Promise<void> {
      await admin.createTopic({ topic, readQueueNums: queues });
      await eventually(
        () => admin.route(topic).catch(unlessRefused),
        (route) => route !== undefined,
      );
    }

    async function sendTo(topic: string, count: number): Promise<SendResult[]> {
      const results: SendResult[] = [];
      for (let i = 0; i < count; i++) {
        const queue = { topic, brokerName: servers.brokerName, queueId: i % 2 };
        results.push(await producer.send({ topic, tag: 'a', keys: `key-${i}`, body: `${topic}-${i}` }, { queue }));
      }
      return results;
    }

    /** A push consumer that has taken part in its group, and what it was given. */
    async function consumerOf(group: string, topic: string) {
      const given: string[] = [];
      const consumer = new PushConsumer({
        nameServers: servers.namesrv,
        group,
        subscriptions: { [topic]: 'a || b' },
        consumeFrom: 'first',
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        persistOffsetsIntervalMs: 500,
        onMessage: (message) => {
          given.push(message.body.toString());
        },
      });
      await consumer.start();
      return { consumer, given };
    }

    test('topics: one, several, their settings, their figures, their end', async () => {
      const { broker } = servers;
      await topicWithRoute('one', 3);
      await admin.topics.updateList(broker, [
        createTopicConfig('two', { readQueueNums: 4, writeQueueNums: 4 }),
        createTopicConfig('three', { perm: 4 }),
      ]);
      expect(await admin.topics.config(broker, 'one')).toMatchObject({ readQueueNums: 3, writeQueueNums: 3, perm: 6 });
      const { topicConfigTable } = await admin.topics.userConfigs(broker, { special: false });
      expect([...topicConfigTable.keys()]).toEqual(expect.arrayContaining(['one', 'two', 'three']));
      expect(topicConfigTable.get('three')).toMatchObject({ perm: 4 });
      expect(topicConfigTable.has('TBW102')).toBe(false);
      expect((await admin.topics.configs(broker)).topicConfigTable.has('TBW102')).toBe(true);
      const names = await eventually(
        () => admin.listTopics(),
        (topics) => topics.includes('three'),
      );
      expect(names).toEqual(expect.arrayContaining(['one', 'two', 'three']));
      expect(await admin.nameServer.topicsOfCluster(servers.clusterName)).toEqual(expect.arrayContaining(['one']));
      await sendTo('one', 4);
      const stats = await eventually(
        () => admin.topicStats('one'),
        ({ offsetTable }) => sum([...offsetTable.values()].map(({ maxOffset }) => maxOffset)) === 4,
      );
      expect(stats.offsetTable.size).toBe(3);
      await admin.deleteTopic('two');
      await expect(admin.topics.config(broker, 'two')).rejects.toMatchObject({ responseCode: 17 });
      await expect(admin.route('two')).rejects.toMatchObject({ responseCode: 17 });
    });

    test('groups: one, several, their settings, permissions and modes, their end', async () => {
      const { broker } = servers;
      await admin.createGroup('g-one', { retryMaxTimes: 3 });
      await admin.groups.updateList(broker, [createSubscriptionGroupConfig('g-two', { consumeEnable: false })]);
      expect(await admin.groups.config(broker, 'g-one')).toMatchObject({ retryMaxTimes: 3, consumeEnable: true });
      expect(await admin.groups.config(broker, 'g-two')).toMatchObject({ consumeEnable: false });
      expect(await admin.groups.config(broker, 'nobody')).toBeUndefined();
      expect(await admin.listGroups()).toEqual(expect.arrayContaining(['g-one', 'g-two']));
      expect(await admin.groups.readPermission(broker, 'g-one', 'TBW102')).toBe(true);
      expect(await admin.groups.readPermission(broker, 'g-one', 'TBW102', false)).toBe(false);
      expect(await admin.groups.readPermission(broker, 'g-one', 'TBW102')).toBe(false);
      const mode = { topic: 'TBW102', consumerGroup: 'g-one', mode: 'POP' as const, popShareQueueNum: 2 };
      await admin.groups.setRequestMode(broker, mode);
      await admin.deleteGroup('g-two', { cleanOffset: true });
      expect(await admin.groups.config(broker, 'g-two')).toBeUndefined();
    });

    test('brokers and name servers: settings, figures, keys, permissions, cleaning', async () => {
      const { broker, namesrv, brokerName, clusterName } = servers;
      expect((await admin.brokers.getConfig(broker)).get('brokerName')).toBe(brokerName);
      await admin.brokers.updateConfig(broker, new Map([['maxMessageSize', '5000000']]));
      expect((await admin.brokers.getConfig(broker)).get('maxMessageSize')).toBe('5000000');
      expect((await admin.brokers.runtimeInfo(broker)).get('brokerVersionDesc')).toMatch(/^V5_/);
      expect(await admin.brokers.statsData(broker, 'TOPIC_PUT_NUMS', 'nothing')).toBeUndefined();
      await admin.brokers.cleanExpiredConsumeQueue(broker);
      await admin.brokers.cleanUnusedTopic(broker);
      await admin.brokers.deleteExpiredCommitLog(broker);
      if (kind === 'reference') expect(await admin.brokers.haStatus(broker)).toMatchObject({ master: true });
      expect((await admin.clusterInfo()).brokerAddrTable.get(brokerName)?.brokerAddrs.get(0)).toBe(broker);
      expect((await admin.clusterInfo()).clusterAddrTable.get(clusterName)).toEqual([brokerName]);
      expect((await admin.nameServer.getConfig(namesrv)).get('listenPort')).toBe(namesrv.split(':')[1]);
      await admin.nameServer.updateConfig(namesrv, new Map([['returnOrderTopicConfigToBroker', 'true']]));
      await admin.nameServer.putKv('space', 'key', 'value');
      expect(await admin.nameServer.getKv('space', 'key')).toBe('value');
      expect(await admin.nameServer.getKvNamespace('space')).toEqual(new Map([['key', 'value']]));
      await admin.nameServer.deleteKv('space', 'key');
      await expect(admin.nameServer.getKv('space', 'key')).rejects.toBeInstanceOf(BrokerError);
      await admin.nameServer.mergeOrderConf('ordered', `${brokerName}:4`);
      await admin.nameServer.mergeOrderConf('ordered', 'other:2');
      expect(await admin.nameServer.getOrderConf('ordered')).toBe(`${brokerName}:4;other:2`);
      await admin.nameServer.deleteOrderConf('ordered');
      expect(await admin.nameServer.wipeWritePerm(namesrv, brokerName)).toBeGreaterThan(0);
      expect(await admin.nameServer.addWritePerm(namesrv, brokerName)).toBeGreaterThan(0);
    });

    test('clients: who is there, what they consume, how far they are, what they are inside', async () => {
      const { broker } = servers;
      await topicWithRoute('watched');
      const [first] = await sendTo('watched', 6);
      const { consumer, given } = await consumerOf('watchers', 'watched');
      const { clientId } = consumer;
      await eventually(
        async () => given.length,
        (count) => count === 6,
      );
      await consumer.persistOffsets();
      const producers = await admin.clients.producerConnections('admin-producer', 'watched');
      expect(producers.connectionSet).toHaveLength(1);
      expect([...(await admin.clients.producers(broker)).data.keys()]).toContain('admin-producer');
      const connection = await eventually(
        () => admin.consumerConnection('watchers').catch(unlessRefused),
        (found) => found !== undefined,
      );
      expect(connection).toMatchObject({ consumeType: 'CONSUME_PASSIVELY', messageModel: 'CLUSTERING' });
      expect(connection!.connectionSet).toMatchObject([{ clientId }]);
      expect(connection!.subscriptionTable.get('watched')?.subString).toBe('a || b');
      expect(await admin.groups.subscription('watchers', 'watched')).toMatchObject({ subString: 'a || b' });
      expect(await admin.groups.topicsOf('watchers')).toEqual(expect.arrayContaining(['watched']));
      expect(await admin.topics.consumeByWho('watched')).toContain('watchers');
      const info = await admin.consumerRunningInfo('watchers', clientId);
      expect([...info.mqTable.keys()].map(({ topic }) => topic)).toContain('watched');
      expect(info.properties.get('PROP_CONSUME_TYPE')).toBe('CONSUME_PASSIVELY');
      const status = await admin.offsets.consumerStatus('watched', 'watchers');
      expect(sum([...status.get(clientId)!].map(([, offset]) => offset))).toBe(6);
      const stats = await admin.consumeStats('watchers', 'watched');
      expect(sum([...stats.offsetTable.values()].map(({ consumerOffset }) => consumerOffset))).toBe(6);
      expect(await admin.lag('watchers', 'watched')).toBe(0);
      const ofAll = await admin.groups.consumeStatsInBroker(broker, { isOrder: false, timeoutMs: REQUEST_TIMEOUT_MS });
      expect(JSON.stringify(ofAll.consumeStatsList.map((table) => [...table.keys()]))).toContain('watchers');
      const spans = await admin.offsets.consumeTimeSpan('watched', 'watchers');
      expect(spans).toHaveLength(2);
      expect(spans[0]!.minTimeStamp).toBeLessThanOrEqual(spans[0]!.maxTimeStamp);
      const direct = { consumerGroup: 'watchers', clientId, topic: 'watched', msgId: first!.offsetMessageId };
      expect(await admin.groups.consumeMessageDirectly(broker, direct)).toMatchObject({ consumeResult: 'CR_SUCCESS' });
      expect(given).toHaveLength(7);
      const entries = { topic: 'watched', queueId: 0, index: 0, count: 2, consumerGroup: 'watchers' };
      expect((await admin.messages.consumeQueue(broker, entries)).queueData).toHaveLength(2);
      await consumer.close();
    });

    test('resets: of running consumers, of groups nobody is in, of one queue, and copies', async () => {
      await topicWithRoute('reset');
      await sendTo('reset', 4);
      const { consumer, given } = await consumerOf('resetters', 'reset');
      await eventually(
        async () => given.length,
        (count) => count === 4,
      );
      expect(sum([...(await admin.resetOffsets('resetters', 'reset', 'begin')).values()])).toBe(0);
      await eventually(
        async () => given.length,
        (count) => count >= 8,
      );
      await admin.resetOffsets('resetters', 'reset', new Date(Date.now() - 3_600_000));
      await eventually(
        async () => given.length,
        (count) => count >= 12,
      );
      await admin.resetOffsets('resetters', 'reset', { timestampMs: 1 });
      await eventually(
        async () => given.length,
        (count) => count >= 16,
      );
      const queue: MessageQueue = { topic: 'reset', brokerName: servers.brokerName, queueId: 0 };
      await admin.resetQueueOffset('resetters', queue, 1);
      await eventually(
        async () => given.length,
        (count) => count >= 17,
      );
      expect(await admin.resetOffsets('resetters', 'reset', 'end')).toHaveProperty('size', 2);
      await consumer.close();
      expect(
        await eventually(
          () => admin.consumerOffset('resetters', queue),
          (offset) => offset === 2,
        ),
      ).toBe(2);

      await admin.createGroup('absent');
      const offline = await admin.resetOffsets('absent', 'reset', 'begin');
      expect([...offline.values()]).toEqual([0, 0]);
      expect(await admin.consumerOffset('absent', queue)).toBe(0);
      const all = { group: 'absent', topic: 'reset', timestamp: NEWEST, force: true };
      expect((await admin.offsets.resetOffline(all)).map(({ rollbackOffset }) => rollbackOffset)).toEqual([2, 2]);
      await admin.brokers.updateConfig(servers.broker, new Map([['useServerSideResetOffset', 'true']]));
      expect([...(await admin.resetOffsets('absent', 'reset', 'begin')).values()]).toEqual([0, 0]);
      await admin.createGroup('copy');
      await admin.offsets.cloneGroup(servers.broker, { srcGroup: 'resetters', destGroup: 'copy', topic: 'reset' });
      expect(await admin.consumerOffset('copy', queue)).toBe(2);
      expect(await admin.searchOffset(queue, 1)).toBe(0);
      expect(await admin.minOffset(queue)).toBe(0);
      expect(await admin.offsets.earliestStoreTime(servers.broker, queue)).toBeGreaterThan(Date.now() - 600_000);
    });

    test('messages: by unique id, by offset id, by key, their way and their traces', async () => {
      await topicWithRoute('sought');
      const { consumer, given } = await consumerOf('seekers', 'sought');
      const sent = await sendTo('sought', 2);
      const [{ messageId, offsetMessageId, queueOffset }] = sent as [SendResult];
      await eventually(
        async () => given.length,
        (count) => count === 2,
      );
      expect([messageId, offsetMessageId].every(isMessageId)).toBe(true);
      for (const id of [messageId, offsetMessageId]) {
        const found = await eventually(
          () => admin.messageById('sought', id),
          (message) => message !== undefined,
        );
        expect(found).toMatchObject({ topic: 'sought', queueOffset });
        expect(String(found!.body)).toBe('sought-0');
      }
      expect(await admin.messageById('sought', '0'.repeat(32))).toBeUndefined();
      expect((await admin.messagesByKey('sought', 'key-1')).map(({ body }) => String(body))).toEqual(['sought-1']);
      expect(await admin.messagesByKey('sought', 'key-1', { endMs: Date.now() - 600_000 })).toEqual([]);
      const old = { now: Date.now() + 4 * 24 * 3_600_000 };
      await expect(admin.messages.byId('sought', messageId, old)).rejects.toMatchObject({ responseCode: 208 });
      const traces = await eventually(
        () => admin.traces.byMessageId(messageId).catch(unlessRefused),
        (found) => (found?.length ?? 0) > 0,
      );
      expect(traces).toMatchObject([
        {
          type: 'Pub',
          topic: 'sought',
          group: 'admin-producer',
          keys: 'key-0',
          tags: 'a',
          success: true,
          offsetMessageId,
        },
      ]);
      await consumer.close();
    });

    test('a pull consumer is seen, and its offset is reset, too', async () => {
      await topicWithRoute('pulled');
      await sendTo('pulled', 2);
      const group = 'pullers';
      const options = { nameServers: servers.namesrv, group, requestTimeoutMs: REQUEST_TIMEOUT_MS };
      const consumer = new LitePullConsumer({ ...options, subscriptions: { pulled: '*' }, consumeFrom: 'first' });
      onTestFinished(() => consumer.close());
      const bodies: string[] = [];
      await eventually(
        async () => bodies.push(...(await consumer.poll({ timeoutMs: 500 })).map(({ body }) => String(body))),
        (count) => count === 2,
      );
      await consumer.commit();
      expect(await admin.consumerConnection(group)).toMatchObject({ consumeType: 'CONSUME_ACTIVELY' });
      expect(await admin.lag(group, 'pulled')).toBe(0);
    });
  });
});

/** For what is asked until it is there. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof Error && 'code' in error) return undefined;
  throw error;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
