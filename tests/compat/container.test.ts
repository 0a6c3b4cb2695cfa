// Java clients with several brokers in one process of ours, and Java's administration of the container.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-ports.js';
import { type Context, openContext } from './support/client-suite.js';
import { CLIENT_5, missing } from './support/java.js';
import { eventually, type Queue } from './support/judge.js';
import type { Server } from './support/launch.js';
import { startOurContainer } from './support/ours.js';
import { CLUSTER_NAME, endpoints, kindUnderTest, scratch, startNamesrv, writeConfig } from './support/servers.js';
import { allStored, expectSame, numbered, unlessThrown } from './support/steps.js';

const SYSTEM_ERROR = 1;
const BROKER_NOT_EXIST = 211;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

describe.skipIf(missing !== undefined || kindUnderTest === 'reference')(`brokers in one container${why}`, () => {
  const directory = scratch('container');
  const started: Server[] = [];
  const addresses = new Map<string, string>();
  let context: Context;
  let container: Server;

  /** The file of a broker; gives its path. */
  async function brokerFile(brokerName: string): Promise<string> {
    const port = await freePort(-2, 1);
    const file = join(directory.path, `${brokerName}.conf`);
    const storePathRootDir = join(directory.path, brokerName);
    writeConfig(file, {
      brokerClusterName: CLUSTER_NAME,
      brokerName,
      brokerIP1: '127.0.0.1',
      listenPort: port,
      storePathRootDir,
    });
    addresses.set(brokerName, `127.0.0.1:${port}`);
    return file;
  }

  beforeAll(async () => {
    const namesrv = await startNamesrv(kindUnderTest, directory.path);
    started.push(namesrv);
    const port = await freePort(-2);
    const configFile = join(directory.path, 'container.conf');
    const brokerConfigPaths = [await brokerFile('broker-a'), await brokerFile('broker-b')].join(':');
    writeConfig(configFile, { listenPort: port, bindAddress: '127.0.0.1', brokerConfigPaths });
    const [storeDir, logFile] = [directory.path, join(directory.path, 'container.log')];
    container = await startOurContainer({
      ...{ directory: directory.path, configFile, logFile, port, storeDir },
      namesrv: namesrv.address,
    });
    started.push(container);
    context = await openContext(
      { version: CLIENT_5 },
      endpoints('ours', namesrv.address, addresses.get('broker-a') ?? ''),
    );
  });

  afterAll(async () => {
    await context?.judge.stop();
    await Promise.all(started.map((server) => server.child.kill()));
    directory.remove();
  });

  /** Makes a topic of two queues on each of these brokers, and waits until clients know them. */
  async function topicOn(stem: string, brokers: readonly string[]): Promise<string> {
    const { admin, reader, name } = context;
    const topicName = name(stem);
    const config = { topicName, readQueueNums: 2, writeQueueNums: 2, perm: 6 };
    for (const broker of brokers) await admin.call('createAndUpdateTopicConfig', addresses.get(broker), config);
    const queues = () => reader.call<Queue[]>('fetchSubscribeMessageQueues', topicName).catch(unlessThrown);
    await eventually(queues, (found) => found?.length === brokers.length * 2);
    return topicName;
  }

  test('Java clients spread a topic over both and receive from both', async () => {
    const { producer, judge, namesrv, name } = context;
    const topic = await topicOn('spread', ['broker-a', 'broker-b']);
    const messages = numbered(topic, 40, (index) => ({ shard: `${index}` }));
    const results = allStored(await producer.send('selector', messages));
    expect(new Set(results.map(({ brokerName }) => brokerName))).toEqual(new Set(['broker-a', 'broker-b']));
    await using consumer = await judge.push({ namesrv, group: name('spread'), subscribe: { [topic]: '*' } });
    expectSame(messages, results, await consumer.received(40));
  });

  test('Java adds a broker, uses it, and removes it; its messages are there when it comes again', async () => {
    const { admin, producer, judge, namesrv, name } = context;
    const file = await brokerFile('broker-c');
    await admin.call('addBrokerToContainer', container.address, file);
    const topic = await topicOn('added', ['broker-c']);
    const messages = numbered(topic, 10);
    const results = allStored(await producer.send('sync', messages));
    const remove = () => admin.call('removeBrokerFromContainer', container.address, CLUSTER_NAME, 'broker-c', 0);
    await remove();
    await expect(remove()).rejects.toMatchObject({ thrown: { code: BROKER_NOT_EXIST } });
    await admin.call('addBrokerToContainer', container.address, file);
    await using consumer = await judge.push({ namesrv, group: name('added'), subscribe: { [topic]: '*' } });
    expectSame(messages, results, await consumer.received(10));
  });

  test('Java hears why a broker is not added', async () => {
    const { admin } = context;
    const add = (path: string) => admin.call('addBrokerToContainer', container.address, path);
    const refusal = (message: string) => ({
      thrown: { code: SYSTEM_ERROR, message: expect.stringContaining(message) },
    });
    await expect(add('')).rejects.toMatchObject(refusal('addBroker config path is empty'));
    await expect(add('/nowhere')).rejects.toMatchObject(refusal('addBroker properties empty'));
    const again = add(join(directory.path, 'broker-a.conf'));
    const known = `${CLUSTER_NAME}_broker-a_0 has already been added to current broker container`;
    await expect(again).rejects.toMatchObject(refusal(known));
  });

  test('Java reads the configuration of the container and cannot move it', async () => {
    const { admin } = context;
    const config = await admin.call<Record<string, string>>('getBrokerConfig', container.address);
    expect(config).toMatchObject({ listenPort: container.address.split(':')[1], configBlackList: expect.any(String) });
    const update = admin.call('updateBrokerConfig', container.address, { brokerConfigPaths: '/etc/passwd' });
    await expect(update).rejects.toMatchObject({ thrown: { message: expect.stringContaining('black list') } });
  });
});
