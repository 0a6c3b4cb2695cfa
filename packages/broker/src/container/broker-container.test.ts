import {
  ADD_BROKER,
  GET_BROKER_CONFIG,
  GET_BROKER_RUNTIME_INFO,
  KVTable,
  REMOVE_BROKER,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/remoting';
import { describe, expect, test } from 'vitest';
import { TestContainer } from './test-container.js';

const identity = (brokerName: string, brokerId = 0) => ({ brokerClusterName: 'DefaultCluster', brokerName, brokerId });

function statesOf({ container }: TestContainer): Record<string, string> {
  return Object.fromEntries([...container.brokers].map(({ plan, state }) => [plan.name, state]));
}

describe('a container', () => {
  test('starts the brokers of its files side by side and stops slaves before masters', async () => {
    const test = new TestContainer();
    const files = [
      test.brokerFile('a', 10_911),
      test.brokerFile('s', 10_921, { brokerRole: 'SLAVE', brokerId: 1 }),
      test.brokerFile('b', 10_931),
    ];
    const started = await test.container.start(files);
    expect(started.map(({ address }) => address)).toEqual(['127.0.0.1:10911', '127.0.0.1:10921', '127.0.0.1:10931']);
    expect(test.told).toEqual(['a start', 's start', 'b start']);
    expect(statesOf(test)).toEqual({
      DefaultCluster_a_0: 'running',
      DefaultCluster_s_1: 'running',
      DefaultCluster_b_0: 'running',
    });
    test.told.length = 0;
    await test.container.stop();
    expect(test.told.indexOf('s stopped')).toBeLessThan(test.told.indexOf('a stop'));
    expect(test.told).toEqual(expect.arrayContaining(['a stopped', 'b stopped']));
  });

  test('does not start when one of its brokers does not, and stops the others', async () => {
    const test = new TestContainer();
    test.onMade = (broker) => {
      if (broker.plan.identity.brokerName === 'b') broker.starting = Promise.reject(new Error('port 10931 is taken'));
    };
    const files = [test.brokerFile('a', 10_911), test.brokerFile('b', 10_931)];
    await expect(test.container.start(files)).rejects.toThrow('broker of /conf/b.conf: port 10931 is taken');
    expect(test.told).toContain('a stopped');
    // Its own ports are free again.
    await new TestContainer().container.start();
  });

  test('goes on when a broker dies, tells of it, and takes it again', async () => {
    const test = new TestContainer();
    const file = test.brokerFile('a', 10_911);
    await test.container.start([file, test.brokerFile('b', 10_931)]);
    test.brokers.get('a')!.die('out of memory');
    await Promise.resolve();
    expect(statesOf(test)).toEqual({ DefaultCluster_a_0: 'died', DefaultCluster_b_0: 'running' });
    await test.container.addBroker(file);
    expect(statesOf(test)).toEqual({ DefaultCluster_a_0: 'running', DefaultCluster_b_0: 'running' });
  });

  test('forgets a dead broker that is removed, and its place is free', async () => {
    const test = new TestContainer();
    await test.container.start([test.brokerFile('a', 10_911)]);
    test.brokers.get('a')!.die('out of memory');
    await Promise.resolve();
    expect(await test.container.removeBroker(identity('a'))).toBe(true);
    expect(await test.container.removeBroker(identity('a'))).toBe(false);
    await test.container.addBroker(test.brokerFile('b', 10_911));
  });

  test('ends a broker that does not stop in time, says so, and stops the others', async () => {
    const test = new TestContainer();
    await test.container.start([test.brokerFile('a', 10_911), test.brokerFile('b', 10_931)]);
    test.brokers.get('a')!.stopping = new Promise(() => {});
    const stopped = test.container.stop();
    const outcome = expect(stopped).rejects.toThrow('broker DefaultCluster_a_0: did not stop within 30000 ms');
    await test.clock.advance(32_000);
    await outcome;
    expect(test.told).toEqual(expect.arrayContaining(['a kill', 'b stopped']));
  });

  test('stops a broker that is still starting once it has started', async () => {
    const test = new TestContainer();
    await test.container.start();
    let go = (): void => {};
    test.onMade = (broker) => {
      broker.starting = new Promise((resolve) => {
        go = resolve;
      });
    };
    const added = test.container.addBroker(test.brokerFile('a', 10_911));
    const removed = test.container.removeBroker(identity('a'));
    go();
    await added;
    expect(await removed).toBe(true);
    expect(test.told).toEqual(['a start', 'a stop', 'a stopped', 'a kill']);
    expect(statesOf(test)).toEqual({});
  });

  test('takes no broker while it stops', async () => {
    const test = new TestContainer();
    await test.container.start();
    await test.container.stop();
    await expect(test.container.addBroker(test.brokerFile('a', 10_911))).rejects.toThrow('is stopping');
  });
});

describe('two brokers of one container', () => {
  const first = { brokerName: 'a', listenPort: 10_911, storePathRootDir: '/store/a' };

  test.each([
    [
      'name',
      { ...first, storePathRootDir: '/store/b', listenPort: 10_931 },
      'DefaultCluster_a_0 has already been added to current broker container',
    ],
    [
      'directory',
      { brokerName: 'b', listenPort: 10_931, storePathRootDir: '/store/../store/a/' },
      'directory /store/a of broker DefaultCluster_b_0 is used by broker DefaultCluster_a_0',
    ],
    [
      'commit log',
      {
        brokerName: 'b',
        listenPort: 10_931,
        storePathRootDir: '/store/b',
        storePathCommitLog: '/x,/store/a/commitlog',
      },
      'directory /store/a/commitlog of broker',
    ],
    [
      'port',
      { brokerName: 'b', listenPort: 10_911, storePathRootDir: '/store/b' },
      'port 10911 of broker DefaultCluster_b_0 is taken by broker DefaultCluster_a_0',
    ],
    ['fast port', { brokerName: 'b', listenPort: 10_913, storePathRootDir: '/store/b' }, 'port 10911 of broker'],
    ['replication port', { brokerName: 'b', listenPort: 10_914, storePathRootDir: '/store/b' }, 'port 10912 of broker'],
    [
      'port of the container',
      { brokerName: 'b', listenPort: 10_811, storePathRootDir: '/store/b' },
      'port 10811 of broker DefaultCluster_b_0 is one of the container itself',
    ],
  ])('are refused when they share a %s', async (_what, second, message) => {
    const test = new TestContainer();
    await test.container.start([test.file('a', first)]);
    await expect(test.container.addBroker(test.file('b', second))).rejects.toThrow(message);
    expect([...test.brokers.keys()]).toEqual(['a']);
  });
});

describe('a broker’s file', () => {
  test.each([
    [{ brokerRole: 'SLAVE', brokerId: 0 }, 'slave broker id must be > 0'],
    [{ totalReplicas: 1, inSyncReplicas: 2 }, 'invalid replicas number'],
    [{ duplicationEnable: 'true' }, 'Can not add broker to container when duplicationEnable is true currently'],
    [{ enableControllerMode: 'true', brokerId: 3 }, 'add broker return null'],
    [{ brokerPermission: 99 }, 'configuration file /conf/a.conf: brokerPermission'],
  ])('with %o is refused', async (settings, message) => {
    const test = new TestContainer();
    await test.container.start();
    await expect(test.container.addBroker(test.brokerFile('a', 10_911, settings))).rejects.toThrow(message);
  });

  test('is overruled by the container: ports of replication, ids of masters, name servers', async () => {
    const test = new TestContainer({ container: { namesrvAddr: '10.0.0.1:9876' } });
    const settings = { brokerId: 5, haListenPort: 7, namesrvAddr: '10.0.0.2:9876', bindAddress: '127.0.0.2' };
    await test.container.start([test.brokerFile('a', 10_911, settings)]);
    const { plan } = test.brokers.get('a')!;
    expect(plan.identity.brokerId).toBe(0);
    expect(Object.fromEntries(plan.decided)).toEqual({
      brokerId: '0',
      haListenPort: '10912',
      inBrokerContainer: 'true',
      namesrvAddr: '10.0.0.1:9876',
    });
    expect(plan.overrides.nettyServer?.bindAddress).toBe('127.0.0.1');
    expect(plan.properties.get('bindAddress')).toBe('127.0.0.2');
  });

  test('without a port gives the reference’s', async () => {
    const test = new TestContainer();
    await test.container.start([test.file('a', { brokerName: 'a' })]);
    expect(test.brokers.get('a')!.plan.ports).toEqual([6888, 6886, 6889]);
  });
});

describe('the commands of a container', () => {
  async function started() {
    const test = new TestContainer();
    await test.container.start([test.brokerFile('a', 10_911)]);
    return { test, client: test.client(), options: { timeoutMs: 3000 } };
  }

  test.each([10_811, 10_809])('are answered at port %i', async (port) => {
    const { test, client, options } = await started();
    const address = `127.0.0.1:${port}`;
    const configPath = test.brokerFile('b', 10_931);
    expect(await client.invoke(address, ADD_BROKER, { configPath }, options)).toMatchObject({ code: 0 });
    expect(await client.invoke(address, ADD_BROKER, { configPath }, options)).toMatchObject({
      code: 1,
      remark: 'DefaultCluster_b_0 has already been added to current broker container',
    });
    expect(await client.invoke(address, REMOVE_BROKER, identity('b'), options)).toMatchObject({ code: 0 });
    expect(await client.invoke(address, REMOVE_BROKER, identity('b'), options)).toMatchObject({
      code: 211,
      remark: 'Broker not exist',
    });
  });

  test.each([
    [undefined, 'addBroker config path is empty'],
    ['', 'addBroker config path is empty'],
    ['/nowhere', 'addBroker properties empty'],
    ['/conf', 'addBroker properties empty'],
  ])('refuse the path %o', async (configPath, remark) => {
    const { client, options } = await started();
    const answer = await client.invoke('127.0.0.1:10811', ADD_BROKER, { configPath }, options);
    expect(answer).toMatchObject({ code: 1, remark });
  });

  test('refuse a file that is not meant for a broker, and do not show what is in it', async () => {
    const { test, client, options } = await started();
    const configPath = test.file('secret', { listenPort: 'tops3cret' });
    const answer = await client.invoke('127.0.0.1:10811', ADD_BROKER, { configPath }, options);
    expect(answer).toMatchObject({ code: 1 });
    expect(answer.remark).toContain('has no brokerName');
    expect(answer.remark).not.toContain('tops3cret');
  });

  test('tell why a broker did not start', async () => {
    const { test, client, options } = await started();
    test.onMade = (broker) => {
      broker.starting = Promise.reject(new Error('lock is held'));
    };
    const configPath = test.brokerFile('b', 10_931);
    const answer = await client.invoke('127.0.0.1:10811', ADD_BROKER, { configPath }, options);
    expect(answer).toMatchObject({ code: 1, remark: 'start broker failed: lock is held' });
    expect(statesOf(test)).toEqual({ DefaultCluster_a_0: 'running' });
  });

  test('show the configuration of the container, and change none that could move it', async () => {
    const { client, options } = await started();
    const shown = await client.invoke('127.0.0.1:10811', GET_BROKER_CONFIG, undefined, options);
    expect(shown.body?.toString()).toContain('listenPort=10811\n');
    const update = async (text: string) =>
      client.invoke('127.0.0.1:10811', UPDATE_BROKER_CONFIG, undefined, { ...options, body: Buffer.from(text) });
    expect(await update('brokerConfigPaths=/etc/x')).toMatchObject({
      code: 16,
      remark: 'Can not update config in black list.',
    });
    expect(await update('namesrvAddr=10.0.0.9:9876')).toMatchObject({ code: 16 });
  });

  test('tell how each broker is', async () => {
    const { test, client, options } = await started();
    const ask = async () => {
      const { body } = await client.invoke('127.0.0.1:10811', GET_BROKER_RUNTIME_INFO, undefined, options);
      return KVTable.decode(body).table;
    };
    const running = await ask();
    expect(running.get('DefaultCluster_a_0.state')).toBe('running');
    expect(running.get('DefaultCluster_a_0.address')).toBe('127.0.0.1:10911');
    expect(running.get('DefaultCluster_a_0.eventLoopUtilization')).toBe('0.250');
    test.brokers.get('a')!.die('out of memory');
    await Promise.resolve();
    const dead = await ask();
    expect(dead.get('DefaultCluster_a_0.state')).toBe('died');
    expect(dead.get('DefaultCluster_a_0.reason')).toBe('out of memory');
  });
});
