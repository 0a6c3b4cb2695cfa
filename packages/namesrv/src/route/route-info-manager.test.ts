import { DataVersion, parseJson } from '@rocketmq-ts/common';
import { describe, expect, test } from 'vitest';
import type { BrokerRegistration, RegisteredTopic } from './broker-registration.js';
import type { RouteView } from './route-cache.js';
import { RouteInfoManager } from './route-info-manager.js';

const VIEW = { supportActingMaster: false, orderTopicConf: undefined, style: 'standard' } as const;
const RULES = { nowMs: 1000, deleteMissingTopics: false };

function topic(topicName: string, given: Partial<RegisteredTopic> = {}): RegisteredTopic {
  return { topicName, readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0, ...given };
}

function registration(given: Partial<BrokerRegistration> = {}): BrokerRegistration {
  return {
    clusterName: 'C',
    brokerName: 'a',
    brokerAddr: '10.0.0.1:10911',
    brokerId: 0,
    haServerAddr: '10.0.0.1:10912',
    zoneName: undefined,
    heartbeatTimeoutMs: undefined,
    enableActingMaster: false,
    dataVersion: new DataVersion(1, 1),
    topics: [topic('T1'), topic('T2')],
    mappings: [],
    filterServers: [],
    channel: {},
    ...given,
  };
}

const slave = (given: Partial<BrokerRegistration> = {}): BrokerRegistration =>
  registration({ brokerId: 1, brokerAddr: '10.0.0.2:10911', haServerAddr: '10.0.0.2:10912', ...given });

function routes(...registrations: BrokerRegistration[]): RouteInfoManager {
  const manager = new RouteInfoManager();
  for (const one of registrations) manager.registerBroker(one, RULES);
  return manager;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look into the parsed body
function route(manager: RouteInfoManager, name: string, view: Partial<RouteView> = {}): any {
  const body = manager.topicRoute(name, { ...VIEW, ...view });
  return body === undefined ? undefined : parseJson(body);
}

const gone = (one: BrokerRegistration) => {
  const { clusterName, brokerName, brokerAddr, brokerId } = one;
  return { clusterName, brokerName, brokerAddr, brokerId };
};

describe('registration', () => {
  test('a master makes the routes of its topics', () => {
    expect(route(routes(registration()), 'T1')).toEqual({
      brokerDatas: [{ brokerAddrs: { 0: '10.0.0.1:10911' }, brokerName: 'a', cluster: 'C', enableActingMaster: false }],
      filterServerTable: {},
      queueDatas: [{ brokerName: 'a', perm: 6, readQueueNums: 4, topicSysFlag: 0, writeQueueNums: 4 }],
    });
  });

  test('a slave is listed beside its master and told of it', () => {
    const manager = routes(registration());
    const { outcome } = manager.registerBroker(slave({ topics: [topic('T9'), topic('T8')] }), RULES);
    expect(outcome).toMatchObject({ kind: 'registered', haServerAddr: '10.0.0.1:10912', masterAddr: '10.0.0.1:10911' });
    expect(route(manager, 'T1').brokerDatas[0].brokerAddrs).toEqual({ 0: '10.0.0.1:10911', 1: '10.0.0.2:10911' });
    expect(route(manager, 'T9')).toBeUndefined();
  });

  test('the lowest slave of a group without master gives its topics, read only when it acts as master', () => {
    expect(route(routes(slave({ enableActingMaster: true })), 'T1').queueDatas[0].perm).toBe(4);
    expect(route(routes(slave({ enableActingMaster: false })), 'T1').queueDatas[0].perm).toBe(6);
    expect(route(routes(slave({ enableActingMaster: undefined })), 'T1')).toBeUndefined();
  });

  test('topics change only with the data version, new ones come in at any time', () => {
    const manager = routes(registration());
    manager.registerBroker(registration({ topics: [topic('T1', { perm: 4 }), topic('T3')] }), RULES);
    expect(route(manager, 'T1').queueDatas[0].perm).toBe(6);
    expect(route(manager, 'T3')).toBeDefined();
    manager.registerBroker(
      registration({ topics: [topic('T1', { perm: 4 })], dataVersion: new DataVersion(2, 2) }),
      RULES,
    );
    expect(route(manager, 'T1').queueDatas[0].perm).toBe(4);
    expect(route(manager, 'T2')).toBeDefined();
  });

  test('topics that a registration lacks go when that is asked for', () => {
    const manager = routes(registration(), registration({ brokerName: 'b', brokerAddr: '10.0.0.3:1' }));
    manager.registerBroker(registration({ topics: [topic('T1'), topic('T3')] }), {
      ...RULES,
      deleteMissingTopics: true,
    });
    expect(route(manager, 'T2').queueDatas.map((data: { brokerName: string }) => data.brokerName)).toEqual(['b']);
  });

  test('a single topic of a broker that is not known is refused without a trace', () => {
    const manager = new RouteInfoManager();
    const { outcome } = manager.registerBroker(registration({ topics: [topic('T1')] }), RULES);
    expect(outcome.kind).toBe('unknownBroker');
    expect(manager.clusterInfo().toString()).toBe('{"brokerAddrTable":{},"clusterAddrTable":{}}');
  });

  test('a slave that becomes master keeps one entry', () => {
    const manager = routes(slave());
    manager.registerBroker({ ...slave(), brokerId: 0 }, RULES);
    expect(route(manager, 'T1').brokerDatas[0].brokerAddrs).toEqual({ 0: '10.0.0.2:10911' });
  });

  test('an id goes to a new address, unless its holder has a newer state', () => {
    const moved = registration({ brokerAddr: '10.0.0.7:1' });
    expect(routes(registration()).registerBroker(moved, RULES).outcome.kind).toBe('registered');
    const manager = routes(registration({ dataVersion: new DataVersion(1, 1, 5) }));
    const { outcome } = manager.registerBroker(moved, RULES);
    expect(outcome).toEqual({ kind: 'conflict', holderAddr: '10.0.0.1:10911' });
    expect(manager.dataVersionOf('C', '10.0.0.7:1')).toBeUndefined();
    expect(route(manager, 'T1').brokerDatas[0].brokerAddrs).toEqual({ 0: '10.0.0.1:10911' });
  });

  test('a lower id is announced to the others', () => {
    const { outcome } = routes(slave()).registerBroker(registration(), RULES);
    expect(outcome).toMatchObject({
      minBrokerIdChange: { minBrokerId: 0, haBrokerAddr: '10.0.0.1:10912', brokerAddrs: ['10.0.0.2:10911'] },
    });
  });

  test('topics that no client could use are left out, the rest comes in', () => {
    const bad = [
      topic('../x'),
      topic('a b'),
      topic('Q', { readQueueNums: 2 ** 31 - 1 }),
      topic('x'.repeat(256)),
      topic(''),
    ];
    const manager = new RouteInfoManager();
    const result = manager.registerBroker(registration({ topics: [topic('T1'), topic('T2'), ...bad] }), RULES);
    expect(result.refusedCount).toBe(bad.length);
    expect(parseJson(manager.allTopics())).toEqual({ topicList: ['T1', 'T2'] });
  });

  test('topics that carry the name of a broker may hold its dots', () => {
    const manager = new RouteInfoManager();
    const topics = [topic('host.example'), topic('rmq_sys_SYNC_BROKER_MEMBER_host.example'), topic('other.example')];
    expect(manager.registerBroker(registration({ brokerName: 'host.example', topics }), RULES).refusedCount).toBe(1);
  });

  test.each([
    { brokerName: '' },
    { brokerName: 'a\nb' },
    { clusterName: '' },
    { brokerAddr: 'a b:1' },
    { haServerAddr: '<x>' },
  ])('bad names and addresses refuse a broker: %j', (given) => {
    expect(() => routes(registration(given))).toThrow('register broker failed');
  });

  test('the tables are bounded', () => {
    const manager = new RouteInfoManager({ maxBrokers: 1, maxTopics: 2 });
    manager.registerBroker(registration(), RULES);
    expect(() => manager.registerBroker(slave(), RULES)).toThrow('1 brokers are registered already');
    const more = registration({ topics: [topic('T1'), topic('T3')] });
    expect(() => manager.registerBroker(more, RULES)).toThrow('more than 2 topics');
  });

  test('names of the prototype are names like others', () => {
    const topics = [topic('__proto__'), topic('constructor')];
    const manager = routes(registration({ brokerName: '__proto__', clusterName: 'toString', topics }));
    expect(route(manager, 'constructor').queueDatas[0].brokerName).toBe('__proto__');
    expect(manager.clusterInfo().toString()).toContain('{"__proto__":{"brokerAddrs"');
  });
});

describe('leaving', () => {
  test('the last member takes the broker name, its topics and the cluster along', () => {
    const manager = routes(registration(), slave());
    expect(manager.unregisterBrokers([gone(registration())])).toEqual([]);
    expect(route(manager, 'T1').brokerDatas[0].brokerAddrs).toEqual({ 1: '10.0.0.2:10911' });
    manager.unregisterBrokers([gone(slave())]);
    expect(route(manager, 'T1')).toBeUndefined();
    expect(manager.clusterInfo().toString()).toBe('{"brokerAddrTable":{},"clusterAddrTable":{}}');
  });

  test('a batch removes several brokers at once', () => {
    const b = registration({ brokerName: 'b', brokerAddr: '10.0.0.3:1' });
    const manager = routes(registration(), b, registration({ brokerName: 'c', brokerAddr: '10.0.0.4:1' }));
    manager.unregisterBrokers([gone(registration()), gone(b)]);
    expect(route(manager, 'T1').queueDatas).toHaveLength(1);
  });

  test('without its master a group that wants it shows the lowest slave as master, read only', () => {
    const manager = routes(registration({ enableActingMaster: true }), slave({ enableActingMaster: true }));
    const [change] = manager.unregisterBrokers([gone(registration())]);
    expect(change).toMatchObject({
      minBrokerId: 1,
      offlineBrokerAddr: '10.0.0.1:10911',
      brokerAddrs: ['10.0.0.2:10911'],
    });
    const shown = route(manager, 'T1', { supportActingMaster: true });
    expect(shown.brokerDatas[0].brokerAddrs).toEqual({ 0: '10.0.0.2:10911' });
    expect(shown.queueDatas[0].perm).toBe(4);
    expect(route(manager, 'T1').brokerDatas[0].brokerAddrs).toEqual({ 1: '10.0.0.2:10911' });
  });

  test('an unknown broker is nothing to worry about', () => {
    expect(
      routes(registration()).unregisterBrokers([gone(registration({ brokerName: 'x', brokerAddr: 'x:1' }))]),
    ).toEqual([]);
  });
});

describe('liveness', () => {
  test('a broker is gone when it is silent for longer than it promised', () => {
    const manager = routes(registration(), slave({ heartbeatTimeoutMs: 10_000 }));
    expect(manager.expiredBrokers(11_000)).toEqual([]);
    expect(manager.expiredBrokers(11_001).map((one) => one.unregistration)).toEqual([gone(slave())]);
    manager.touch('C', '10.0.0.2:10911', 11_000);
    expect(manager.expiredBrokers(21_000)).toEqual([]);
    expect(manager.expiredBrokers(121_001)).toHaveLength(2);
  });

  test('all brokers of a connection go with it', () => {
    const channel = {};
    const b = registration({ brokerName: 'b', brokerAddr: '10.0.0.3:1', channel });
    const manager = routes(registration({ channel }), b, slave());
    expect(manager.brokersOfChannel(channel).map((one) => one.unregistration?.brokerName)).toEqual(['a', 'b']);
    expect(manager.brokersOfChannel({})).toEqual([]);
  });

  test('an address that no broker name lists any more is forgotten at once', () => {
    const manager = routes(registration(), registration({ brokerAddr: '10.0.0.9:1' }));
    const [first] = manager.expiredBrokers(200_000);
    expect(first).toMatchObject({ live: { brokerAddr: '10.0.0.1:10911' }, unregistration: undefined });
    expect(manager.dataVersionOf('C', '10.0.0.1:10911')).toBeUndefined();
  });
});

describe('changes by hand', () => {
  test('write permission is wiped and given back', () => {
    const manager = routes(registration());
    expect(manager.wipeWritePermission('a')).toBe(2);
    expect(route(manager, 'T1').queueDatas[0].perm).toBe(4);
    expect(manager.addWritePermission('a')).toBe(2);
    expect(route(manager, 'T1').queueDatas[0].perm).toBe(6);
    expect(manager.wipeWritePermission('x')).toBe(0);
  });

  test('topics are entered for known brokers only, and deleted wholly or by cluster', () => {
    const manager = routes(
      registration(),
      registration({ clusterName: 'D', brokerName: 'd', brokerAddr: '10.0.0.5:1' }),
    );
    const data = { readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag: 0 };
    expect(
      manager.registerTopic('N', [
        { ...data, brokerName: 'a' },
        { ...data, brokerName: 'x' },
      ]),
    ).toBe(false);
    expect(manager.registerTopic('N', [{ ...data, brokerName: 'a' }])).toBe(true);
    expect(route(manager, 'N').queueDatas).toHaveLength(1);
    manager.deleteTopic('T1', 'D');
    expect(route(manager, 'T1').queueDatas).toHaveLength(1);
    manager.deleteTopic('T1', undefined);
    expect(route(manager, 'T1')).toBeUndefined();
  });
});

describe('queries', () => {
  test('static topics carry the mapping of each broker', () => {
    const info = { topic: 'T1', scope: '__global__', totalQueues: 2, bname: 'a', epoch: 7, dirty: false };
    const manager = routes(registration({ mappings: [{ ...info, currIdMap: new Map([[1, 0]]) }] }));
    expect(route(manager, 'T1').topicQueueMappingByBroker).toEqual({ a: { ...info, currIdMap: { 1: 0 } } });
    expect(manager.topicRoute('T1', { ...VIEW, style: 'fastjson' })?.toString()).toContain('"currIdMap":{1:0}');
  });

  test('a zone sees its own brokers and groups without a master', () => {
    const near = registration({ zoneName: 'Z1', filterServers: ['10.0.0.1:9'] });
    const far = registration({
      brokerName: 'far',
      brokerAddr: '10.0.1.1:1',
      zoneName: 'z2',
      filterServers: ['10.0.1.1:9'],
    });
    const lonely = slave({ brokerName: 'lonely', brokerAddr: '10.0.2.1:1', zoneName: 'z2' });
    const manager = routes(near, far, lonely);
    const text = manager.topicRouteOfZone('T1', 'z1', { ...VIEW, style: 'fastjson' })?.toString();
    expect(text).toContain('"brokerAddrs":{0:"10.0.0.1:10911"}');
    expect(text).toContain('lonely');
    expect(text).not.toContain('far');
    expect(text).not.toContain('10.0.1.1');
  });

  test('the encoded route is kept until something in it changes', () => {
    const manager = routes(registration());
    const first = manager.topicRoute('T1', VIEW);
    manager.registerBroker(registration(), RULES);
    expect(manager.topicRoute('T1', VIEW)).toBe(first);
    manager.registerBroker(slave(), RULES);
    const second = manager.topicRoute('T1', VIEW);
    expect(second).not.toBe(first);
    expect(manager.topicRoute('T1', { ...VIEW, orderTopicConf: 'a:4' })?.toString()).toContain(
      '"orderTopicConf":"a:4"',
    );
  });

  test('topics are listed by cluster, as system topics, and by their unit flags', () => {
    const topics = [
      topic('U', { topicSysFlag: 1 }),
      topic('S', { topicSysFlag: 2 }),
      topic('B', { topicSysFlag: 3 }),
      topic('N'),
    ];
    const manager = routes(registration({ topics }));
    const list = (body: Buffer) => parseJson(body);
    expect(list(manager.topicsOfCluster('C'))).toEqual({ topicList: ['U', 'S', 'B', 'N'] });
    expect(list(manager.topicsOfCluster('x'))).toEqual({ topicList: [] });
    expect(list(manager.systemTopics())).toEqual({ brokerAddr: '10.0.0.1:10911', topicList: ['C', 'a'] });
    expect(list(manager.unitTopics('unit'))).toEqual({ topicList: ['U', 'B'] });
    expect(list(manager.unitTopics('unitSub'))).toEqual({ topicList: ['S', 'B'] });
    expect(list(manager.unitTopics('unitSubWithoutUnit'))).toEqual({ topicList: ['S'] });
  });
});
