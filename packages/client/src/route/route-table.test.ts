// What clients make of routes: queues, addresses of masters and slaves, topics that do not exist yet.
import { type MessageQueue, silentLogger } from '@rocketmq-ts/common';
import {
  type CommandDeclaration,
  RemotingCommand,
  RemotingResponse,
  SerializeType,
  TopicRouteData,
} from '@rocketmq-ts/remoting';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { BrokerNotFoundError, TopicNotFoundError } from '../errors.js';
import { RouteTable, type RouteTableOptions } from './route-table.js';

interface Given {
  /** Addresses by broker id, by broker name. */
  readonly brokers: Readonly<Record<string, Readonly<Record<number, string>>>>;
  /** Permissions by broker name; read and write unless given. */
  readonly perms?: Readonly<Record<string, number>>;
  readonly queueNums?: number;
  readonly orderConf?: string;
}

function routeData({ brokers, perms = {}, queueNums = 2, orderConf }: Given): Buffer {
  return TopicRouteData.encode({
    ...(orderConf === undefined ? {} : { orderTopicConf: orderConf }),
    queueDatas: Object.keys(brokers).map((brokerName) => ({
      brokerName,
      readQueueNums: queueNums,
      writeQueueNums: queueNums,
      perm: perms[brokerName] ?? 6,
      topicSysFlag: 0,
    })),
    brokerDatas: Object.entries(brokers).map(([brokerName, addresses]) => ({
      cluster: 'c',
      brokerName,
      brokerAddrs: new Map(Object.entries(addresses).map(([id, address]) => [Number(id), address])),
      enableActingMaster: false,
    })),
    filterServerTable: new Map(),
  });
}

/** A table over name servers that know these topics. */
function tableOf(topics: Record<string, Given>) {
  let asked = 0;
  const invoke = async (_command: CommandDeclaration, { topic }: { topic: string }): Promise<RemotingResponse> => {
    asked++;
    const given = topics[topic];
    const head = {
      code: given === undefined ? 17 : 0,
      language: 'JAVA',
      version: 1,
      opaque: 1,
      flag: 1,
      remark: 'none',
    };
    const body = given === undefined ? undefined : routeData(given);
    return new RemotingResponse('10.0.0.1:9876', new RemotingCommand(head, {}, body, SerializeType.JSON), undefined);
  };
  const nameServers = { invoke } as unknown as RouteTableOptions['nameServers'];
  const clock = new VirtualClock();
  return { table: new RouteTable({ nameServers, clock, logger: silentLogger }), clock, asked: () => asked };
}

const queue = (brokerName: string): MessageQueue => ({ topic: 'T', brokerName, queueId: 0 });
const names = (queues: readonly MessageQueue[]) => queues.map(({ brokerName, queueId }) => `${brokerName}/${queueId}`);

describe('a route', () => {
  test('has queues to write to where there is a master and permission, and queues to read wherever that is allowed', async () => {
    const brokers = { a: { 0: 'a0' }, b: { 1: 'b1' }, c: { 0: 'c0' }, d: { 0: 'd0' } };
    const { table } = tableOf({ T: { brokers, perms: { c: 4, d: 2 } } });
    const route = await table.get('T');
    expect(names(route.publishQueues)).toEqual(['a/0', 'a/1', 'd/0', 'd/1']);
    expect(names(route.subscribeQueues)).toEqual(['a/0', 'a/1', 'b/0', 'b/1', 'c/0', 'c/1']);
  });

  test('of an ordered topic has the queues of its configuration', async () => {
    const { table } = tableOf({ T: { brokers: { a: { 0: 'a0' } }, orderConf: 'a:2;gone:1;nonsense' } });
    expect(names((await table.get('T')).publishQueues)).toEqual(['a/0', 'a/1', 'gone/0']);
  });

  test('with more queues than can be true is cut', async () => {
    const { table } = tableOf({ T: { brokers: { a: { 0: 'a0' } }, queueNums: 2_000_000_000 } });
    expect((await table.get('T')).publishQueues).toHaveLength(65_536);
  });
});

describe('the address of a broker', () => {
  const brokers = { a: { 0: 'a0', 1: 'a1', 3: 'a3' }, b: { 2: 'b2' } };

  test('is that of its master, or of the one that is wanted, its neighbour, or any', async () => {
    const { table } = tableOf({ T: { brokers } });
    await table.get('T');
    expect(table.addressOf('a')).toEqual({ address: 'a0', isSlave: false });
    expect(table.addressOf('a', 1)).toEqual({ address: 'a1', isSlave: true });
    expect(table.addressOf('a', 2)).toEqual({ address: 'a3', isSlave: true });
    expect(table.addressOf('b')).toEqual({ address: 'b2', isSlave: true });
    expect(table.masterAddress('b')).toBeUndefined();
    expect(table.addressOf('c')).toBeUndefined();
  });

  test('is asked for when it is not known, and given up when nobody knows it', async () => {
    const topics: Record<string, Given> = { T: { brokers } };
    const { table, asked } = tableOf(topics);
    expect(await table.mustAddressOf(queue('b'))).toEqual({ address: 'b2', isSlave: true });
    expect(asked()).toBe(1);
    await expect(table.mustMasterOf(queue('b'))).rejects.toBeInstanceOf(BrokerNotFoundError);
    topics.T = { brokers: { ...brokers, b: { 0: 'b0', 2: 'b2' } } };
    expect(await table.mustMasterOf(queue('b'))).toBe('b0');
  });
});

describe('a table of routes', () => {
  test('asks once for all who want a route at a time, and tells of those that are others than before', async () => {
    const topics: Record<string, Given> = { T: { brokers: { a: { 0: 'a0' } } } };
    const { table, asked } = tableOf(topics);
    const changed: string[] = [];
    table.onChange(({ data }) => changed.push(data.brokerDatas.map(({ brokerName }) => brokerName).join()));
    await Promise.all([table.get('T'), table.get('T'), table.refresh('T')]);
    expect(asked()).toBe(1);
    await table.refresh('T');
    topics.T = { brokers: { a: { 0: 'a0' }, b: { 0: 'b0' } } };
    await table.refreshAll(['T']);
    expect(changed).toEqual(['a', 'a,b']);
    expect(table.masterAddress('b')).toBe('b0');
    await table.refreshAll([]);
    expect(table.brokers.size).toBe(0);
  });

  test('keeps what it knows while a topic cannot be asked for, and does not ask all the time', async () => {
    const topics: Record<string, Given> = { T: { brokers: { a: { 0: 'a0' } } } };
    const { table, clock, asked } = tableOf(topics);
    await table.get('T');
    delete topics.T;
    await table.refreshAll(['T']);
    expect(table.masterAddress('a')).toBe('a0');
    const before = asked();
    for (let i = 0; i < 100; i++) table.refreshSoon('T');
    expect(asked()).toBe(before);
    await clock.advance(1000);
    table.refreshSoon('T');
    expect(asked()).toBe(before + 1);
  });

  test('lends a topic that does not exist the brokers of the default topic, until it exists', async () => {
    const topics: Record<string, Given> = { TBW102: { brokers: { a: { 0: 'a0' } }, queueNums: 8 } };
    const { table } = tableOf(topics);
    expect((await table.getForPublish('T', 4)).publishQueues).toHaveLength(4);
    await expect(table.get('T')).rejects.toBeInstanceOf(TopicNotFoundError);
    topics.T = { brokers: { b: { 0: 'b0' } } };
    await table.refreshAll(['T']);
    expect(names((await table.getForPublish('T', 4)).publishQueues)).toEqual(['b/0', 'b/1']);
  });
});
