// Administration through the admin client that mqadmin and the consoles are made of.
import { describe, expect, test } from 'vitest';
import type { Tests } from './client-suite.js';
import { eventually, type JudgeClient, type Queue, type Received } from './judge.js';
import { allStored, createTopic, deleteTopic, numbered, queue, unlessThrown } from './steps.js';

interface QueueStats {
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly lastUpdateTimestamp: number;
}
interface ConsumeQueueStats {
  readonly brokerOffset: number;
  readonly consumerOffset: number;
}
interface Route {
  readonly queueDatas: readonly { brokerName: string; readQueueNums: number; writeQueueNums: number; perm: number }[];
  readonly brokerDatas: readonly { cluster: string; brokerName: string; brokerAddrs: Record<string, string> }[];
}
type Pairs<V> = readonly (readonly [Queue, V])[];

const NO_PERMISSION = 16;
const TOPIC_NOT_EXIST = 17;
const WRITE_ONLY_ROUTE_PERM = 2;
const READ_ONLY_ROUTE_PERM = 4;

const route = (admin: JudgeClient, topic: string) => admin.call<Route>('examineTopicRouteInfo', topic);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Topics, routes and what the broker tells of itself. */
export const topicAdminTests: Tests = (context) => {
  describe('topics', () => {
    test('a topic is created, listed, described, changed and deleted', async () => {
      const { admin, servers } = context();
      const topic = await createTopic(context(), 'managed', { queues: 3 });
      const listed = await admin.call<{ topicList: string[] }>('fetchAllTopicList');
      expect(listed.topicList).toContain(topic);
      expect(await route(admin, topic)).toMatchObject({
        queueDatas: [{ brokerName: servers.brokerName, readQueueNums: 3, writeQueueNums: 3, perm: 6 }],
        brokerDatas: [
          { cluster: servers.clusterName, brokerName: servers.brokerName, brokerAddrs: { 0: servers.broker } },
        ],
      });
      await createTopic(context(), 'managed', { queues: 5 });
      const wider = () => route(admin, topic);
      await eventually(wider, (found) => found.queueDatas[0]?.writeQueueNums === 5);
      expect(await admin.call('getTopicClusterList', topic)).toEqual([servers.clusterName]);

      await deleteTopic(context(), topic);
      const gone = { thrown: { type: 'MQClientException', code: TOPIC_NOT_EXIST } };
      await expect(route(admin, topic)).rejects.toMatchObject(gone);
      const left = await admin.call<{ topicList: string[] }>('fetchAllTopicList');
      expect(left.topicList).not.toContain(topic);
    });

    test('a deleted topic starts anew', async () => {
      const { admin, producer, servers } = context();
      const topic = await createTopic(context(), 'again', { queues: 1 });
      const from = queue(context(), topic, 0);
      allStored(await producer.send('sync', numbered(topic, 5), from));
      await admin.call('deleteTopicInBroker', [servers.broker], topic);
      await createTopic(context(), 'again', { queues: 1 });
      const [first] = allStored(await producer.send('sync', numbered(topic, 1), from));
      expect(first?.queueOffset).toBe(0);
    });

    test('statistics of a topic count its messages', async () => {
      const { admin, producer } = context();
      const topic = await createTopic(context(), 'counted', { queues: 2 });
      const before = Date.now();
      allStored(await producer.send('sync', numbered(topic, 9)));
      const stats = await admin.call<{ offsetTable: Pairs<QueueStats> }>('examineTopicStats', topic);
      expect(stats.offsetTable).toHaveLength(2);
      expect(sum(stats.offsetTable.map(([, each]) => each.maxOffset))).toBe(9);
      for (const [, each] of stats.offsetTable) {
        expect(each.minOffset).toBe(0);
        expect(each.lastUpdateTimestamp).toBeGreaterThanOrEqual(before - 1000);
      }
    });

    test('the system topics and those named like the cluster and the broker are there', async () => {
      const { admin, servers } = context();
      const { topicList } = await admin.call<{ topicList: string[] }>('fetchAllTopicList');
      const expected = ['TBW102', 'SELF_TEST_TOPIC', 'BenchmarkTest', 'OFFSET_MOVED_EVENT', 'SCHEDULE_TOPIC_XXXX'];
      expected.push('RMQ_SYS_TRANS_HALF_TOPIC', 'RMQ_SYS_TRANS_OP_HALF_TOPIC', servers.clusterName, servers.brokerName);
      expected.push(`${servers.clusterName}_REPLY_TOPIC`);
      expect(topicList).toEqual(expect.arrayContaining(expected));
    });

    test('write permission is wiped and given back', async () => {
      const { admin, servers } = context();
      const topic = await createTopic(context(), 'wiped');
      const perm = async () => (await route(admin, topic)).queueDatas[0]?.perm;
      expect(await admin.call('wipeWritePermOfBroker', servers.namesrv, servers.brokerName)).toBeGreaterThan(0);
      expect(await perm()).toBe(READ_ONLY_ROUTE_PERM);
      expect(await admin.call('addWritePermOfBroker', servers.namesrv, servers.brokerName)).toBeGreaterThan(0);
      expect(await perm()).toBe(READ_ONLY_ROUTE_PERM | WRITE_ONLY_ROUTE_PERM);
    });
  });
};

/** The broker's and the name server's own affairs. */
export const clusterAdminTests: Tests = (context) => {
  describe('cluster', () => {
    test('the cluster is described', async () => {
      const { admin, servers } = context();
      const { brokerName, clusterName, broker } = servers;
      expect(await admin.call('examineBrokerClusterInfo')).toMatchObject({
        brokerAddrTable: { [brokerName]: { cluster: clusterName, brokerName, brokerAddrs: { 0: broker } } },
        clusterAddrTable: { [clusterName]: [brokerName] },
      });
    });

    test('the broker tells how it is', async () => {
      const { admin, servers } = context();
      const { table } = await admin.call<{ table: Record<string, string> }>('fetchBrokerRuntimeStats', servers.broker);
      const numeric = ['bootTimestamp', 'commitLogMaxOffset', 'commitLogMinOffset', 'putMessageTimesTotal'];
      for (const key of numeric) expect(table[key], key).toMatch(/^\d+$/);
      for (const key of ['brokerVersionDesc', 'putTps', 'getTotalTps', 'runtime', 'commitLogDiskRatio']) {
        expect(table[key], key).toBeDefined();
      }
    });

    test('the configuration of the broker is read, and changed where that is allowed', async () => {
      const { admin, servers } = context();
      const read = () => admin.call<Record<string, string>>('getBrokerConfig', servers.broker);
      const before = await read();
      expect(before).toMatchObject({ brokerName: servers.brokerName, brokerClusterName: servers.clusterName });
      expect(before).toMatchObject({ autoCreateTopicEnable: 'true', maxMessageSize: '4194304' });
      await admin.call('updateBrokerConfig', servers.broker, { defaultTopicQueueNums: '6' });
      expect((await read()).defaultTopicQueueNums).toBe('6');
      await admin.call('updateBrokerConfig', servers.broker, { defaultTopicQueueNums: '8' });
      const refused = admin.call('updateBrokerConfig', servers.broker, { brokerConfigPath: '/tmp/x' });
      await expect(refused).rejects.toMatchObject({ thrown: { type: 'MQBrokerException', code: NO_PERMISSION } });
    });

    test('no path, class or address of the broker is changed over the wire', async ({ skip }) => {
      const { admin, servers } = context();
      skip(servers.kind === 'reference', 'the reference takes these');
      const dangerous = {
        storePathRootDir: '/tmp/x',
        messageStorePlugIn: 'a.B',
        rocketmqHome: '/tmp/x',
        namesrvAddr: 'a:1',
      };
      for (const [key, value] of Object.entries(dangerous)) {
        const refused = admin.call('updateBrokerConfig', servers.broker, { [key]: value });
        await expect(refused, key).rejects.toMatchObject({ thrown: { type: 'MQBrokerException' } });
      }
    });

    test('the configuration of the name server is read', async () => {
      const { admin, servers } = context();
      const configs = await admin.call<Record<string, Record<string, string>>>('getNameServerConfig', [
        servers.namesrv,
      ]);
      expect(configs[servers.namesrv]).toMatchObject({ listenPort: servers.namesrv.split(':')[1] });
    });

    test('the key-value configuration is written, read and deleted', async () => {
      const { admin, name } = context();
      const [space, key] = [name('space'), 'ключ'];
      await admin.call('createAndUpdateKvConfig', space, key, 'значение');
      expect(await admin.call('getKVConfig', space, key)).toBe('значение');
      expect(await admin.call('getKVListByNamespace', space)).toMatchObject({ table: { [key]: 'значение' } });
      await admin.call('deleteKvConfig', space, key);
      await expect(admin.call('getKVConfig', space, key)).rejects.toMatchObject({
        thrown: { type: 'MQClientException' },
      });
    });

    test('an order configuration is kept for a topic', async () => {
      const { admin, servers, name } = context();
      const topic = name('ordered');
      await admin.call('createOrUpdateOrderConf', topic, `${servers.brokerName}:2`, false);
      expect(await admin.call('getKVConfig', 'ORDER_TOPIC_CONFIG', topic)).toBe(`${servers.brokerName}:2`);
      await admin.call('deleteKvConfig', 'ORDER_TOPIC_CONFIG', topic);
    });
  });
};

/** Groups, their connections and offsets. */
export const groupAdminTests: Tests = (context) => {
  describe('groups', () => {
    test('a subscription group is created, listed and deleted', async () => {
      const { admin, servers, name } = context();
      const groupName = name('managed_group');
      const settings = { groupName, retryMaxTimes: 7, consumeBroadcastEnable: false };
      await admin.call('createAndUpdateSubscriptionGroupConfig', servers.broker, settings);
      const all = () =>
        admin.call<{ subscriptionGroupTable: Record<string, unknown> }>(
          'getAllSubscriptionGroup',
          servers.broker,
          5000,
        );
      expect((await all()).subscriptionGroupTable[groupName]).toMatchObject(settings);
      await admin.call('deleteSubscriptionGroup', servers.broker, groupName);
      // The Java broker creates it again with defaults while it looks whether it was of a special kind.
      expect((await all()).subscriptionGroupTable[groupName] ?? {}).not.toMatchObject(settings);
    });

    test('connections of consumers and producers are listed', async () => {
      const { admin, judge, namesrv, producer, name } = context();
      const topic = await createTopic(context(), 'connected');
      allStored(await producer.send('sync', numbered(topic, 1)));
      const group = name('connected');
      await using consumer = await judge.push({ namesrv, group, subscribe: { [topic]: 'TagA||TagB' } });
      await consumer.received(0, 0);
      const consumers = await eventually(
        () => admin.call<Record<string, unknown>>('examineConsumerConnectionInfo', group).catch(unlessThrown),
        (found) => found !== undefined,
      );
      expect(consumers).toMatchObject({
        connectionSet: [{ language: 'JAVA', clientId: expect.stringContaining('push') }],
        subscriptionTable: { [topic]: { subString: 'TagA||TagB', tagsSet: expect.arrayContaining(['TagA', 'TagB']) } },
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      });
      const producers = await admin.call('examineProducerConnectionInfo', 'judge-producer', topic);
      expect(producers).toMatchObject({ connectionSet: [{ language: 'JAVA' }] });
      const none = admin.call('examineConsumerConnectionInfo', name('nobody'));
      await expect(none).rejects.toMatchObject({ thrown: { type: expect.any(String) } });
    });

    test('progress of a group is told, and asked of a running consumer', async () => {
      const { admin, judge, namesrv, producer, name } = context();
      const topic = await createTopic(context(), 'progress', { queues: 2 });
      const group = name('progress');
      const consumer = await judge.push({ namesrv, group, subscribe: { [topic]: '*' } });
      allStored(await producer.send('sync', numbered(topic, 10)));
      await consumer.received(10);
      const connection = await admin.call<{ connectionSet: { clientId: string }[] }>(
        'examineConsumerConnectionInfo',
        group,
      );
      const clientId = connection.connectionSet[0]?.clientId;
      const running = await admin.call<{ mqTable: unknown }>('getConsumerRunningInfo', group, clientId, false);
      expect(running).toMatchObject({ properties: { PROP_CONSUMEORDERLY: 'false' } });
      await consumer.stop();
      allStored(await producer.send('sync', numbered(topic, 4)));
      const stats = await admin.call<{ offsetTable: Pairs<ConsumeQueueStats> }>('examineConsumeStats', group, topic);
      expect(sum(stats.offsetTable.map(([, each]) => each.brokerOffset))).toBe(14);
      expect(sum(stats.offsetTable.map(([, each]) => each.consumerOffset))).toBe(10);
      expect(await admin.call('queryTopicConsumeByWho', topic)).toMatchObject({ groupList: [group] });
    });

    test('offsets of an idle group go back to a time', async () => {
      const { admin, judge, namesrv, producer, reader, servers, name } = context();
      const topic = await createTopic(context(), 'reset_idle', { queues: 1 });
      const group = name('reset_idle');
      await admin.call('createAndUpdateSubscriptionGroupConfig', servers.broker, { groupName: group });
      const from = queue(context(), topic, 0);
      allStored(await producer.send('sync', numbered(topic, 6), from));
      await new Promise((resolve) => setTimeout(resolve, 20));
      allStored(await producer.send('sync', numbered(topic, 4), from));
      const { msgFoundList } = await reader.call<{ msgFoundList: Received[] }>('pull', from, '*', 6, 1);
      await admin.call('updateConsumeOffset', servers.broker, group, from, 10);
      await admin.call('resetOffsetByTimestampOld', group, topic, msgFoundList[0]?.storeTimestamp, true);
      await using consumer = await judge.push({ namesrv, group, subscribe: { [topic]: '*' } });
      const received = await consumer.received(4);
      expect(received.map((message) => message.queueOffset).sort()).toEqual([6, 7, 8, 9]);
    });
  });
};

/** Takes its time: the client stands still for ten seconds before it starts again (a 4.9 one for forty). */
export const resetTests: Tests = (context) => {
  describe('groups', () => {
    test('a running consumer is set back, and gets the messages again', async () => {
      const { admin, judge, namesrv, producer, name } = context();
      const topic = await createTopic(context(), 'reset_running', { queues: 1 });
      const group = name('reset_running');
      allStored(await producer.send('sync', numbered(topic, 5)));
      await using consumer = await judge.push({ namesrv, group, subscribe: { [topic]: '*' } });
      await consumer.received(5);
      const reset = await admin.call<Pairs<number>>('resetOffsetByTimestamp', topic, group, 0, true);
      expect(reset.map(([from, offset]) => [from.queueId, offset])).toEqual([[0, 0]]);
      const received = await consumer.received(10, 40_000);
      expect(
        received
          .slice(5)
          .map((message) => message.queueOffset)
          .sort(),
      ).toEqual([0, 1, 2, 3, 4]);
    });
  });
};
