// Our name server with the Java broker, our broker with the Java name server, and brokers of both kinds in one cluster.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Context, openContext } from './support/client-suite.js';
import { CLIENT_5, missing } from './support/java.js';
import { eventually, type Queue } from './support/judge.js';
import type { Server } from './support/launch.js';
import {
  BROKER_NAME,
  endpoints,
  type Kind,
  kindUnderTest,
  scratch,
  startBroker,
  startNamesrv,
} from './support/servers.js';
import { allStored, createTopic, deleteTopic, expectSame, numbered, readAll, unlessThrown } from './support/steps.js';

interface ClusterInfo {
  readonly brokerAddrTable: Record<string, unknown>;
}

const NOTICE_MS = 8000;
const TOPIC_NOT_EXIST = 17;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

async function knownBrokers({ admin }: Context): Promise<string[]> {
  const info = await admin.call<ClusterInfo>('examineBrokerClusterInfo');
  return Object.keys(info.brokerAddrTable).sort();
}

/** Waits until the name server knows just these brokers. */
function knows(context: Context, names: readonly string[]): Promise<string[]> {
  return eventually(
    () => knownBrokers(context),
    (brokers) => brokers.join() === names.join(),
    NOTICE_MS,
  );
}

/** A name server with one broker and the clients' view of them, for all tests of a block. */
function useCluster(kinds: { namesrv: Kind; broker: Kind }) {
  const directory = scratch('registration');
  const started: Server[] = [];
  let context: Context | undefined;

  beforeAll(async () => {
    const namesrv = await startNamesrv(kinds.namesrv, directory.path);
    started.push(namesrv);
    const broker = await startBroker(kinds.broker, { directory: directory.path, namesrv: namesrv.address });
    started.push(broker);
    context = await openContext({ version: CLIENT_5 }, endpoints(kinds.broker, namesrv.address, broker.address));
    await knows(context, [BROKER_NAME]);
  });
  afterAll(async () => {
    await context?.judge.stop();
    await Promise.all(started.map((server) => server.child.kill()));
    directory.remove();
  });

  return {
    context: () => {
      if (!context) throw new Error('the cluster did not start');
      return context;
    },
    /** Starts one more broker of the cluster, on a store of its own. */
    addBroker: async (kind: Kind, brokerName: string) => {
      const { namesrv } = endpoints(kind, started[0]?.address ?? '', '');
      const storeDir = join(directory.path, brokerName);
      const config = { brokerName };
      const broker = await startBroker(kind, { directory: directory.path, namesrv, storeDir, config });
      started.push(broker);
      return broker;
    },
    broker: () => started[1] as Server,
  };
}

function testClients(given: () => Context): void {
  test('clients find the broker, send and consume', async () => {
    const context = given();
    const topic = await createTopic(context, 'found');
    const messages = numbered(topic, 40, (index) => ({ tags: `tag-${index % 2}` }));
    const results = allStored(await context.producer.send('sync', messages));
    expectSame(messages, results, await readAll(context, topic));
    const { judge, namesrv, name } = context;
    await using consumer = await judge.push({ namesrv, group: name('found'), subscribe: { [topic]: '*' } });
    expectSame(messages, results, await consumer.received(40));
  });

  test('a topic that is deleted is forgotten at once', async () => {
    const topic = await createTopic(given(), 'short_lived');
    await deleteTopic(given(), topic);
    const route = given().admin.call('examineTopicRouteInfo', topic);
    await expect(route).rejects.toMatchObject({ thrown: { code: TOPIC_NOT_EXIST } });
  });
}

describe.skipIf(missing !== undefined)(`a Java broker at the name server under judgement${why}`, () => {
  const cluster = useCluster({ namesrv: kindUnderTest, broker: 'reference' });
  testClients(cluster.context);

  test('a topic lies on a Java broker and on one under judgement, and is used on both', async () => {
    const context = cluster.context();
    const { admin, producer, judge, namesrv, name, reader } = context;
    const other = await cluster.addBroker(kindUnderTest, 'broker-b');
    await knows(context, [BROKER_NAME, 'broker-b']);
    const topicName = name('both');
    for (const { address } of [cluster.broker(), other]) {
      const config = { topicName, readQueueNums: 2, writeQueueNums: 2, perm: 6 };
      await admin.call('createAndUpdateTopicConfig', address, config);
    }
    const queues = () => reader.call<Queue[]>('fetchSubscribeMessageQueues', topicName).catch(unlessThrown);
    await eventually(queues, (found) => found?.length === 4);
    const messages = numbered(topicName, 40, (index) => ({ shard: `${index}` }));
    const results = allStored(await producer.send('selector', messages));
    expect(new Set(results.map((result) => result.brokerName))).toEqual(new Set([BROKER_NAME, 'broker-b']));
    await using consumer = await judge.push({ namesrv, group: name('both'), subscribe: { [topicName]: '*' } });
    expectSame(messages, results, await consumer.received(40));
    await other.child.kill();
    await knows(context, [BROKER_NAME]);
  });

  test('a Java broker that ends is forgotten', async () => {
    await cluster.broker().child.stop();
    await knows(cluster.context(), []);
  });
});

describe.skipIf(missing !== undefined)(`the broker under judgement at a Java name server${why}`, () => {
  const cluster = useCluster({ namesrv: 'reference', broker: kindUnderTest });
  testClients(cluster.context);

  test('it is forgotten when it ends, and when it is killed', async () => {
    const context = cluster.context();
    await cluster.broker().child.stop();
    await knows(context, []);
    const other = await cluster.addBroker(kindUnderTest, 'broker-b');
    await knows(context, ['broker-b']);
    await other.child.kill();
    await knows(context, []);
  });
});
