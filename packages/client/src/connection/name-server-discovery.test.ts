// Clients that are told by an HTTP server where the name servers are.
import { describe, expect, test } from 'vitest';
import { Admin } from '../admin/admin.js';
import { ClientInstance } from '../client-instance.js';
import { InvalidArgumentError, NameServerUnreachableError } from '../errors.js';
import { Producer } from '../producer/producer.js';
import { FakeCluster } from '../test-cluster.js';

const CLIENT = '10.0.1.1';
const domain = { domain: 'names.example' };

async function setUp() {
  const cluster = await FakeCluster.start({ namesrvs: 2, topics: { T: 1 } });
  const asked: string[] = [];
  const answer = { status: 200, text: '10.0.0.1:9876\r\nwhat follows is not read' };
  cluster.addressServer = (url) => {
    asked.push(url);
    return answer;
  };
  return { cluster, asked, answer };
}

describe('name servers that an HTTP server tells', () => {
  test('are asked for when the first one is needed, by the address that Java asks', async () => {
    const { cluster, asked } = await setUp();
    const producer = new Producer({ nameServers: domain }, cluster.ports(CLIENT));
    expect(asked).toEqual([]);
    await Promise.all(['x', 'y'].map((body) => cluster.settle(producer.send({ topic: 'T', body }))));
    expect(asked).toEqual(['http://names.example:8080/rocketmq/nsaddr']);
    const nameServers = { domain: 'names.example:80', subgroup: 'two' };
    const admin = new Admin({ nameServers, unitName: 'east' }, cluster.ports());
    await cluster.settle(admin.route('T'));
    expect(asked[1]).toBe('http://names.example:80/rocketmq/two-east?nofix=1');
  });

  test('are asked for anew every two minutes; those that are gone are left', async () => {
    const { cluster, asked, answer } = await setUp();
    const producer = new Producer({ nameServers: domain, routeRefreshIntervalMs: 1000 }, cluster.ports(CLIENT));
    const gone: string[] = [];
    producer.on('disconnected', ({ address }) => gone.push(address));
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    answer.text = '10.0.0.2:9876';
    await cluster.until(() => gone.length > 0, 125_000);
    expect(gone).toEqual(['10.0.0.1:9876']);
    const times = asked.length;
    await cluster.settle(producer.close());
    await cluster.clock.advance(300_000);
    expect(asked).toHaveLength(times);
  });

  test('are asked for when none of those that are known answers', async () => {
    const { cluster, answer } = await setUp();
    const admin = new Admin({ nameServers: domain }, cluster.ports(CLIENT));
    await cluster.settle(admin.route('T'));
    cluster.killNamesrv('10.0.0.1');
    await expect(cluster.settle(admin.route('T'))).rejects.toThrow(NameServerUnreachableError);
    answer.text = '10.0.0.2:9876;10.0.0.1:9876';
    expect((await cluster.settle(admin.route('T'))).brokerDatas).toHaveLength(1);
  });

  test('stay what they were while nobody tells others', async () => {
    const { cluster } = await setUp();
    const client = new ClientInstance({ nameServers: domain }, cluster.ports(CLIENT));
    const producer = new Producer({ client });
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
    cluster.addressServer = () => ({ status: 500, text: '' });
    await cluster.clock.advance(250_000);
    expect(client.nameServers.addresses).toEqual(['10.0.0.1:9876']);
    await cluster.settle(producer.send({ topic: 'T', body: 'x' }));
  });

  test('that are not to be had make requests fail with the reason', async () => {
    const { cluster } = await setUp();
    const admin = new Admin({ nameServers: domain }, cluster.ports(CLIENT));
    for (const [answer, reason] of [
      [{ status: 404, text: '10.0.0.1:9876' }, 'answered with status 404'],
      [{ status: 200, text: ' \n' }, 'answered without an address'],
    ] as const) {
      cluster.addressServer = () => answer;
      const failure = `no name server is known (http://names.example:8080/rocketmq/nsaddr ${reason})`;
      await expect(cluster.settle(admin.route('T'))).rejects.toThrow(failure);
    }
    cluster.addressServer = undefined;
    await expect(cluster.settle(admin.route('T'))).rejects.toThrow('nobody is at http://names.example');
    const nonsense = { nameServers: { domain: 'no host' } };
    expect(() => new Admin(nonsense, cluster.ports())).toThrow(InvalidArgumentError);
  });
});

describe('addresses of name servers', () => {
  test('may have the form of a cloud, with the namespace of an instance', async () => {
    const { cluster } = await setUp();
    const nameServers = 'http://MQ_INST_1_two.names.example:9876';
    const { options } = new ClientInstance({ nameServers }, cluster.ports());
    expect(options.nameServers).toEqual(['MQ_INST_1_two.names.example:9876']);
    expect(options.namespace).toBe('MQ_INST_1_two');
    const named = new ClientInstance({ nameServers, namespace: 'mine' }, cluster.ports());
    expect(named.options.namespace).toBe('mine');
    const plain = new ClientInstance({ nameServers: ['http://a:1', 'b:2;b:2'] }, cluster.ports());
    expect(plain.options).toMatchObject({ nameServers: ['a:1', 'b:2'], namespace: undefined });
  });
});
