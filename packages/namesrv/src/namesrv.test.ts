import { crc32, createTopicConfig, DataVersion, silentLogger } from '@rocketmq-ts/common';
import {
  BROKER_HEARTBEAT,
  DataVersionBody,
  Dispatcher,
  encodeCompressedRegisterBrokerBody,
  GET_KV_CONFIG,
  GET_NAMESRV_CONFIG,
  GET_ROUTEINFO_BY_TOPIC,
  GET_TOPICS_BY_CLUSTER,
  GET_UNIT_TOPIC_LIST,
  NOTIFY_MIN_BROKER_ID_CHANGE,
  PUT_KV_CONFIG,
  processor,
  QUERY_DATA_VERSION,
  REGISTER_BROKER,
  RegisterBrokerBody,
  type RemotingClient,
  RemotingServer,
  ResponseCode,
  TopicConfigSerializeWrapper,
  TopicRouteData,
  UNREGISTER_BROKER,
  UPDATE_NAMESRV_CONFIG,
} from '@rocketmq-ts/remoting';
import { MemoryFiles } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { TestNamesrv } from './test-namesrv.js';

const TIMEOUT = { timeoutMs: 1000 };
const BROKER = { clusterName: 'C', brokerName: 'a', brokerAddr: '127.0.0.1:10911', brokerId: 0 };
const HEADER = { ...BROKER, haServerAddr: '127.0.0.1:10912', compressed: false, bodyCrc32: 0 };
const VERSION = new DataVersion(17, 3);

function registration(...names: string[]): RegisterBrokerBody {
  return {
    filterServerList: [],
    topicConfigSerializeWrapper: {
      dataVersion: VERSION,
      topicConfigTable: new Map(names.map((name) => [name, createTopicConfig(name)])),
      topicQueueMappingInfoMap: new Map(),
      topicQueueMappingDetailMap: new Map(),
      mappingDataVersion: VERSION,
    },
  };
}

async function register(
  ns: TestNamesrv,
  client: RemotingClient,
  given: Partial<typeof HEADER> & Record<string, unknown> = {},
) {
  const body = RegisterBrokerBody.encode(registration('T1', 'T2'));
  return client.invoke(ns.address, REGISTER_BROKER, { ...HEADER, ...given }, { ...TIMEOUT, body });
}

const routeCode = async (ns: TestNamesrv, client: RemotingClient, topic = 'T1') =>
  (await client.invoke(ns.address, GET_ROUTEINFO_BY_TOPIC, { topic }, TIMEOUT)).code;

describe('registering', () => {
  test('a compressed body with a crc32 is taken', async () => {
    await using ns = await TestNamesrv.start();
    const client = ns.client();
    const body = encodeCompressedRegisterBrokerBody(registration('T1', 'T2'));
    const header = { ...HEADER, compressed: true, bodyCrc32: crc32(body) };
    expect((await client.invoke(ns.address, REGISTER_BROKER, header, { ...TIMEOUT, body })).code).toBe(0);
    expect(await routeCode(ns, client, 'T2')).toBe(0);
    client.close();
  });

  test('a body that inflates without end, or is none, is answered with an error', async () => {
    await using ns = await TestNamesrv.start();
    const client = ns.client();
    const { deflateSync } = await import('node:zlib');
    const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024));
    for (const body of [bomb, Buffer.from('no stream')]) {
      const answer = await client.invoke(
        ns.address,
        REGISTER_BROKER,
        { ...HEADER, compressed: true },
        { ...TIMEOUT, body },
      );
      expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
      expect(answer.remark).toContain('Failed to decode RegisterBrokerBody');
    }
    client.close();
  });

  test('a broker before 3.0.11 sends its topics alone', async () => {
    await using ns = await TestNamesrv.start();
    const client = ns.client({ version: 30 });
    const body = TopicConfigSerializeWrapper.encode(registration('T1', 'T2').topicConfigSerializeWrapper);
    await client.invoke(ns.address, REGISTER_BROKER, HEADER, { ...TIMEOUT, body });
    const answer = await client.invoke(ns.address, GET_ROUTEINFO_BY_TOPIC, { topic: 'T1' }, TIMEOUT);
    expect(answer.body?.toString()).toContain('{0:"127.0.0.1:10911"}');
    expect(TopicRouteData.decode(answer.body).queueDatas).toHaveLength(1);
    client.close();
  });

  test('the same data version needs no registration', async () => {
    await using ns = await TestNamesrv.start();
    const client = ns.client();
    await register(ns, client);
    const ask = async (version: DataVersion) => {
      const body = DataVersionBody.encode(version);
      const answer = await client.invoke(ns.address, QUERY_DATA_VERSION, BROKER, { ...TIMEOUT, body });
      return [answer.header().changed, answer.body?.toString()];
    };
    const stored = '{"counter":3,"stateVersion":0,"timestamp":17}';
    expect(await ask(VERSION)).toEqual([false, stored]);
    expect(await ask(new DataVersion(17, 4))).toEqual([true, stored]);
    client.close();
  });

  test('ten thousand topics come in with one registration', async () => {
    await using ns = await TestNamesrv.start();
    const client = ns.client();
    const names = Array.from({ length: 10_000 }, (_, i) => `Topic-${i}`);
    const body = RegisterBrokerBody.encode(registration(...names));
    expect((await client.invoke(ns.address, REGISTER_BROKER, HEADER, { ...TIMEOUT, body })).code).toBe(0);
    expect(await routeCode(ns, client, 'Topic-9999')).toBe(0);
    client.close();
  });
});

describe('a broker that is gone', () => {
  test('is taken out at once when its connection closes', async () => {
    await using ns = await TestNamesrv.start();
    const [broker, user] = [ns.client(), ns.client()];
    await register(ns, broker);
    expect(await routeCode(ns, user)).toBe(0);
    broker.close();
    await ns.clock.settle();
    expect(await routeCode(ns, user)).toBe(ResponseCode.TOPIC_NOT_EXIST);
    user.close();
  });

  test('is taken out when it is silent, and its connection is closed', async () => {
    await using ns = await TestNamesrv.start();
    const [broker, user] = [ns.client(), ns.client()];
    await register(ns, broker, { heartbeatTimeoutMillis: 10_000 });
    await ns.clock.advance(8000);
    await broker.invoke(ns.address, BROKER_HEARTBEAT, BROKER, TIMEOUT);
    await ns.clock.advance(9000);
    expect(await routeCode(ns, user)).toBe(0);
    await ns.clock.advance(7000);
    expect(await routeCode(ns, user)).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect(broker.connectedAddresses).toEqual([]);
    broker.close();
    user.close();
  });

  test('says so itself, until the queue is full', async () => {
    await using ns = await TestNamesrv.start({ namesrv: { unRegisterBrokerQueueCapacity: 1 } });
    const client = ns.client();
    await register(ns, client);
    const leave = () => client.invoke(ns.address, UNREGISTER_BROKER, BROKER, TIMEOUT);
    const codes = (await Promise.all([leave(), leave()])).map((answer) => answer.code);
    expect(codes).toEqual([ResponseCode.SUCCESS, ResponseCode.SYSTEM_ERROR]);
    expect(await routeCode(ns, client)).toBe(ResponseCode.TOPIC_NOT_EXIST);
    client.close();
  });
});

test('brokers are told one-way of a change of the lowest id', async () => {
  await using ns = await TestNamesrv.start({ namesrv: { notifyMinBrokerIdChanged: true } });
  const told: unknown[] = [];
  const { clock, net, turn } = ns;
  const notified = processor(NOTIFY_MIN_BROKER_ID_CHANGE, 'l', (header) => {
    told.push({ ...header });
    return { code: 0 };
  });
  const dispatcher = new Dispatcher({ logger: silentLogger, processors: [notified], lanes: { l: 10 } });
  const slave = new RemotingServer({
    clock,
    net,
    turn,
    logger: silentLogger,
    host: '127.0.0.1',
    port: 12_911,
    dispatcher,
  });
  await slave.start();
  const client = ns.client();
  await register(ns, client, { enableActingMaster: true, brokerId: 1, brokerAddr: '127.0.0.1:12911' });
  await register(ns, client, { enableActingMaster: true });
  await ns.clock.settle();
  await client.invoke(ns.address, UNREGISTER_BROKER, BROKER, TIMEOUT);
  await ns.clock.settle();
  expect(told).toMatchObject([
    { minBrokerId: 0, minBrokerAddr: '127.0.0.1:10911', haBrokerAddr: '127.0.0.1:10912' },
    { minBrokerId: 1, minBrokerAddr: '127.0.0.1:12911', offlineBrokerAddr: '127.0.0.1:10911' },
  ]);
  client.close();
  const stopped = slave.stop();
  await ns.clock.advance(2000);
  await stopped;
});

test('routes are held back after the start when that is configured', async () => {
  await using ns = await TestNamesrv.start({ namesrv: { needWaitForService: true, waitSecondsForService: 20 } });
  const client = ns.client();
  await register(ns, client);
  const answer = await client.invoke(ns.address, GET_ROUTEINFO_BY_TOPIC, { topic: 'T1' }, TIMEOUT);
  expect([answer.code, answer.remark]).toEqual([ResponseCode.SYSTEM_ERROR, 'name server not ready']);
  await ns.clock.advance(20_000);
  expect(await routeCode(ns, client)).toBe(0);
  client.close();
});

test('in cluster-test mode unknown topics are looked up in the product environment', async () => {
  await using product = await TestNamesrv.start();
  const client = product.client();
  await register(product, client);
  const { address } = product;
  await using ns = await TestNamesrv.start(
    { namesrv: { clusterTest: true }, nettyServer: { listenPort: 9877 } },
    { beside: product, productNamesrvAddrs: ['127.0.0.1:1', address] },
  );
  expect(await routeCode(ns, client, 'T1')).toBe(0);
  expect(await routeCode(ns, client, 'T9')).toBe(ResponseCode.TOPIC_NOT_EXIST);
  client.close();
});

describe('the key-value store', () => {
  test('survives a restart', async () => {
    const put = { namespace: 'N', key: '__proto__', value: 'v' };
    const files = new MemoryFiles();
    files.mkdirSync('/home/rocketmq/namesrv');
    for (const path of ['/', '/home', '/home/rocketmq']) files.syncDirectorySync(path);
    const before = await TestNamesrv.start({}, { files });
    const client = before.client();
    await client.invoke(before.address, PUT_KV_CONFIG, put, TIMEOUT);
    files.crash(1);
    await using after = await TestNamesrv.start({}, { files });
    const other = after.client();
    const answer = await other.invoke(after.address, GET_KV_CONFIG, put, TIMEOUT);
    expect(answer.header().value).toBe('v');
    other.close();
    client.close();
    await before[Symbol.asyncDispose]();
  });

  test('gives routes their order configuration', async () => {
    await using ns = await TestNamesrv.start({ namesrv: { orderMessageEnable: true } });
    const client = ns.client();
    const order = { namespace: 'ORDER_TOPIC_CONFIG', key: 'T1', value: 'a:4' };
    await client.invoke(ns.address, PUT_KV_CONFIG, order, TIMEOUT);
    expect((await register(ns, client)).body?.toString()).toBe('{"table":{"T1":"a:4"}}');
    const answer = await client.invoke(ns.address, GET_ROUTEINFO_BY_TOPIC, { topic: 'T1' }, TIMEOUT);
    expect(TopicRouteData.decode(answer.body).orderTopicConf).toBe('a:4');
    client.close();
  });
});

describe('the configuration', () => {
  async function update(ns: TestNamesrv, text: string) {
    const client = ns.client();
    const { code, remark } = await client.invoke(ns.address, UPDATE_NAMESRV_CONFIG, undefined, {
      ...TIMEOUT,
      body: Buffer.from(text),
    });
    client.close();
    return [code, remark];
  }

  test('changes where it may, and is written', async () => {
    await using ns = await TestNamesrv.start();
    const client = ns.client();
    expect(await update(ns, 'enableTopicList=false\n')).toEqual([0, undefined]);
    for (const command of [GET_TOPICS_BY_CLUSTER, GET_UNIT_TOPIC_LIST]) {
      const answer = await client.invoke(ns.address, command, {} as never, TIMEOUT);
      expect([answer.code, answer.remark]).toEqual([ResponseCode.SYSTEM_ERROR, 'disable']);
    }
    const shown = await client.invoke(ns.address, GET_NAMESRV_CONFIG, undefined, TIMEOUT);
    expect(shown.body?.toString()).toContain('enableTopicList=false\n');
    expect(ns.files.readFileSync('/home/rocketmq/namesrv/namesrv.properties').toString()).toContain(
      'enableTopicList=false',
    );
    client.close();
  });

  test.each([
    'kvConfigPath=/x',
    'configStorePath=/x',
    'rocketmqHome=/x',
    'configBlackList=',
    'enableTopicList=false\nkvConfigPath=/x',
  ])('refuses the black list: %j', async (text) => {
    await using ns = await TestNamesrv.start();
    expect(await update(ns, text)).toEqual([ResponseCode.NO_PERMISSION, 'Can not update config in black list.']);
    expect(ns.settings.namesrv.enableTopicList).toBe(true);
  });

  test.each(['listenPort=1', 'bindAddress=0.0.0.0', 'clusterTest=true', 'productEnvName=x', 'unheardOf=1'])(
    'refuses what is not on the white list: %s',
    async (text) => {
      await using ns = await TestNamesrv.start();
      expect((await update(ns, text))[0]).toBe(ResponseCode.NO_PERMISSION);
    },
  );

  test('refuses values that are not of their kind', async () => {
    await using ns = await TestNamesrv.start();
    expect((await update(ns, 'enableTopicList=maybe'))[0]).toBe(ResponseCode.SYSTEM_ERROR);
    expect((await update(ns, 'enableTopicList=tr\\u000aue'))[0]).toBe(ResponseCode.SYSTEM_ERROR);
    expect(ns.settings.namesrv.enableTopicList).toBe(true);
    expect((await update(ns, 'x=\\u12'))[1]).toBe('string2Properties error');
  });
});

test('whatever a frame says, the name server answers or closes, and goes on', async () => {
  await using ns = await TestNamesrv.start();
  const client = ns.client();
  await register(ns, client);
  const header = '{"code":103,"flag":0,"opaque":1,"extFields":{"brokerName":"x"}}';
  const frame = Buffer.concat([Buffer.alloc(8), Buffer.from(header), Buffer.from('{"a":')]);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt32BE(header.length, 4);
  const connection = await ns.connect();
  expect((await connection.ask(frame)).code).toBe(ResponseCode.SYSTEM_ERROR);
  connection.send(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1]));
  await ns.clock.settle();
  expect(connection.closed).toBe(true);
  expect(await routeCode(ns, client)).toBe(0);
  client.close();
});
