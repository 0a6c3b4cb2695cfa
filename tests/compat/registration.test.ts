// Our name server with the Java broker, our broker with the Java name server, and brokers of both kinds in one cluster.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Context, openContext } from './support/client-suite.js';
import { CLIENT_5, missing } from './support/java.js';
import { eventually, type Queue } from './support/judge.js';
import type { Server } from './support/launch.js';
import { endpoints, type Kind, kindUnderTest, scratch, startBroker, startNamesrv } from './support/servers.js';
import { allStored, createTopic, deleteTopic, expectSame, numbered, readAll, unlessThrown } from './support/steps.js';

interface ClusterInfo {
  readonly brokerAddrTable: Record<string, unknown>;
}

const NOTICE_MS = 8000;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';
const pairs: { namesrv: Kind; broker: Kind }[] = [
  { namesrv: kindUnderTest, broker: 'reference' },
  { namesrv: 'reference', broker: kindUnderTest },
];

async function knownBrokers({ admin }: Context): Promise<string[]> {
  const info = await admin.call<ClusterInfo>('examineBrokerClusterInfo');
  return Object.keys(info.brokerAddrTable).sort();
}

describe.skipIf(missing !== undefined).each(pairs)(`name server: $namesrv, broker: $broker${why}`, (kinds) => {
  const directory = scratch('registration');
  const started: Server[] = [];
  let context: Context;
  let broker: Server;

  beforeAll(async () => {
    const namesrv = await startNamesrv(kinds.namesrv, directory.path);
    started.push(namesrv);
    broker = await startBroker(kinds.broker, { directory: directory.path, namesrv: namesrv.address });
    started.push(broker);
    context = await openContext({ version: CLIENT_5 }, endpoints(kinds.broker, namesrv.address, broker.address));
    await eventually(
      () => knownBrokers(context),
      (brokers) => brokers.includes('broker-a'),
    );
  });

  afterAll(async () => {
    await context?.judge.stop();
    for (const server of started.reverse()) await server.child.stop();
    directory.remove();
  });

  test('clients find the broker, send and consume', async () => {
    const topic = await createTopic(context, 'found');
    const messages = numbered(topic, 40, (index) => ({ tags: `tag-${index % 2}` }));
    const results = allStored(await context.producer.send('sync', messages));
    expectSame(messages, results, await readAll(context, topic));
    const { judge, namesrv, name } = context;
    await using consumer = await judge.push({ namesrv, group: name('found'), subscribe: { [topic]: '*' } });
    expectSame(messages, results, await consumer.received(40));
  });

  test('a topic that is created or deleted is known at once', async () => {
    const { admin } = context;
    const topic = await createTopic(context, 'short_lived');
    await deleteTopic(context, topic);
    await expect(admin.call('examineTopicRouteInfo', topic)).rejects.toMatchObject({ thrown: { code: 17 } });
  });

  test('a broker that ends is forgotten, and one that is killed too', async () => {
    await broker.child.stop();
    await eventually(
      () => knownBrokers(context),
      (brokers) => brokers.length === 0,
      NOTICE_MS,
    );
    const options = { directory: directory.path, namesrv: context.namesrv };
    const again = await startBroker(kinds.broker, options);
    started.push(again);
    await eventually(
      () => knownBrokers(context),
      (brokers) => brokers.length === 1,
    );
    await again.child.kill();
    await eventually(
      () => knownBrokers(context),
      (brokers) => brokers.length === 0,
      NOTICE_MS,
    );
  });
});

describe.skipIf(missing !== undefined)(`a cluster of the Java broker and one under judgement${why}`, () => {
  const directories = [scratch('mixed-a'), scratch('mixed-b')] as const;
  const started: Server[] = [];
  let context: Context;

  beforeAll(async () => {
    const namesrv = await startNamesrv(kindUnderTest, directories[0].path);
    started.push(namesrv);
    const options = { namesrv: namesrv.address };
    const java = await startBroker('reference', { ...options, directory: directories[0].path });
    started.push(java);
    const config = { brokerName: 'broker-b' };
    const other = await startBroker(kindUnderTest, { ...options, directory: directories[1].path, config });
    started.push(other);
    context = await openContext({ version: CLIENT_5 }, endpoints('reference', namesrv.address, java.address));
    await eventually(
      () => knownBrokers(context),
      (brokers) => brokers.length === 2,
    );
  });

  afterAll(async () => {
    await context?.judge.stop();
    for (const server of started.reverse()) await server.child.stop();
    for (const directory of directories) directory.remove();
  });

  test('a topic lies on both, is written to both and read from both', async () => {
    const { admin, producer, judge, namesrv, name, reader } = context;
    const topicName = name('both');
    for (const { address } of started.slice(1)) {
      const config = { topicName, readQueueNums: 2, writeQueueNums: 2, perm: 6 };
      await admin.call('createAndUpdateTopicConfig', address, config);
    }
    const queues = () => reader.call<Queue[]>('fetchSubscribeMessageQueues', topicName).catch(unlessThrown);
    await eventually(queues, (found) => found?.length === 4);
    const messages = numbered(topicName, 40, (index) => ({ shard: `${index}` }));
    const results = allStored(await producer.send('selector', messages));
    expect(new Set(results.map((result) => result.brokerName))).toEqual(new Set(['broker-a', 'broker-b']));
    const options = { namesrv, group: name('both'), subscribe: { [topicName]: '*' } };
    await using first = await judge.push(options);
    expectSame(messages, results, await first.received(40));
  });
});
