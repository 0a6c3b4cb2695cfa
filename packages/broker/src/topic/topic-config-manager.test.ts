import { createTopicConfig, SystemTopic, silentLogger, type TopicConfig, Turn } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { createBrokerSettings } from '../settings.js';
import { TEST_ENVIRONMENT } from '../test-broker.js';
import { TopicConfigManager } from './topic-config-manager.js';

/** Read queues, write queues, permission: as a broker of the reference registered them at its start. */
const RECORDED = {
  BenchmarkTest: [1024, 1024, 6],
  DefaultCluster: [16, 16, 7],
  DefaultCluster_REPLY_TOPIC: [1, 1, 6],
  OFFSET_MOVED_EVENT: [1, 1, 6],
  RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC: [1, 1, 6],
  RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC: [1, 1, 6],
  RMQ_SYS_TRACE_TOPIC: [1, 1, 6],
  RMQ_SYS_TRANS_HALF_TOPIC: [1, 1, 6],
  RMQ_SYS_TRANS_OP_HALF_TOPIC: [1, 1, 6],
  SCHEDULE_TOPIC_XXXX: [18, 18, 6],
  SELF_TEST_TOPIC: [1, 1, 6],
  TBW102: [4, 4, 7],
  'broker-g': [1, 1, 7],
  rmq_sys_REVIVE_LOG_DefaultCluster: [8, 8, 6],
  'rmq_sys_SYNC_BROKER_MEMBER_broker-g': [1, 1, 1],
  rmq_sys_wheel_timer: [1, 1, 6],
};

function manager(given: { files?: MemoryFiles; autoCreateTopicEnable?: boolean } = {}) {
  const clock = new VirtualClock();
  const files = given.files ?? new MemoryFiles();
  const changed: string[] = [];
  const settings = createBrokerSettings(TEST_ENVIRONMENT, {
    broker: {
      brokerName: 'broker-g',
      defaultTopicQueueNums: 4,
      traceTopicEnable: true,
      autoCreateTopicEnable: given.autoCreateTopicEnable ?? true,
    },
  });
  const topics = new TopicConfigManager({
    config: settings.broker,
    storeConfig: settings.store,
    path: '/store/config/topics.json',
    files,
    logger: silentLogger,
    clock,
    turn: new Turn(clock),
    onChange: (list: readonly TopicConfig[]) => changed.push(...list.map(({ topicName }) => topicName)),
  });
  return { topics, files, clock, changed };
}

const SEND = { defaultTopic: SystemTopic.AUTO_CREATE_TOPIC_KEY, queueNums: 8, sysFlag: 0, remoteAddress: 'x' };

test('a new broker has the system topics of the reference', () => {
  const { topics } = manager();
  const made = [...topics.table.values()].map(({ topicName, readQueueNums, writeQueueNums, perm }) => [
    topicName,
    [readQueueNums, writeQueueNums, perm],
  ]);
  expect(Object.fromEntries(made)).toEqual(RECORDED);
});

test('a send to an unknown topic makes it after the default topic, which does not pass on that it can be inherited', () => {
  const { topics, changed } = manager();
  expect(topics.createInSend({ topic: 'New', ...SEND })).toMatchObject({
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
  });
  expect(changed).toEqual(['New']);
});

test('a send makes no topic when that is switched off', () => {
  const { topics } = manager({ autoCreateTopicEnable: false });
  expect(topics.createInSend({ topic: 'New', ...SEND })).toBeUndefined();
});

test('sends can not make topics without end', () => {
  const { topics, clock } = manager();
  let made = 0;
  while (made < 20_000 && topics.createInSend({ topic: `t${made}`, ...SEND }) !== undefined) made++;
  expect(made).toBe(10_000);
  return clock.advance(60_000).then(() => {
    expect(topics.createInSend({ topic: 'later', ...SEND })).toBeDefined();
  });
});

test('what was changed in a turn is in the file after it, and read again', async () => {
  const { topics, files, clock } = manager();
  topics.update([createTopicConfig('A', { attributes: new Map([['+message.type', 'FIFO']]) })]);
  topics.delete('TBW102');
  await clock.advance(1);
  const again = manager({ files });
  expect(again.topics.load()).toBe('file');
  expect(again.topics.select('A')?.attributes.get('message.type')).toBe('FIFO');
  expect(again.topics.dataVersion.equals(topics.dataVersion)).toBe(true);
});

test('an attribute that is not known changes nothing', () => {
  const { topics } = manager();
  const version = topics.dataVersion.counter;
  const bad = createTopicConfig('B', { attributes: new Map([['+no.such', '1']]) });
  expect(() => topics.update([createTopicConfig('A'), bad])).toThrow('unsupported key: no.such');
  expect([topics.has('A'), topics.dataVersion.counter]).toEqual([false, version]);
});
