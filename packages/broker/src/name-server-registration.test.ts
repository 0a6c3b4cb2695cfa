import { createTopicConfig, DataVersion, silentLogger } from '@rocketmq-ts/common';
import {
  type CommandDeclaration,
  decodeCompressedRegisterBrokerBody,
  RegisterBrokerBody,
  RemotingConnectError,
} from '@rocketmq-ts/remoting';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { NameServerRegistration, nameServerAddresses } from './name-server-registration.js';
import { createBrokerSettings } from './settings.js';
import { TEST_ENVIRONMENT } from './test-broker.js';

interface Asked {
  readonly address: string;
  readonly name: string;
  readonly header: Record<string, unknown>;
  readonly body: Buffer;
}

function registration(given: Record<string, unknown> = {}) {
  const clock = new VirtualClock();
  const asked: Asked[] = [];
  const state = { reachable: true };
  const invoke = async (address: string, command: CommandDeclaration, header: unknown, options: { body?: Buffer }) => {
    if (!state.reachable) throw new RemotingConnectError(address);
    asked.push({
      address,
      name: command.name,
      header: header as Record<string, unknown>,
      body: options.body ?? Buffer.alloc(0),
    });
    return { code: 0, remark: undefined, body: undefined, header: () => ({ changed: false }) };
  };
  const table = new Map(['A', 'B', 'C'].map((name) => [name, createTopicConfig(name)]));
  const { broker } = createBrokerSettings(TEST_ENVIRONMENT, {
    broker: { brokerName: 'b', namesrvAddr: 'n1:9876;n2:9876', ...given },
  });
  const service = new NameServerRegistration({
    config: broker,
    brokerAddr: '127.0.0.1:10911',
    haServerAddr: '127.0.0.1:10912',
    clock,
    logger: silentLogger,
    client: { invoke: invoke as never },
    topics: { table, dataVersion: new DataVersion(1), updateOrderTopics: () => {} },
  });
  return { service, clock, asked, state };
}

function topicsIn({ body }: Asked): string[] {
  return [...RegisterBrokerBody.decode(body).topicConfigSerializeWrapper.topicConfigTable.keys()];
}

test('every name server hears of all topics at the start, and of the broker leaving', async () => {
  const { service, asked } = registration();
  await service.start();
  expect(asked.map(({ address, name }) => [address, name])).toEqual([
    ['n1:9876', 'REGISTER_BROKER'],
    ['n2:9876', 'REGISTER_BROKER'],
  ]);
  expect(asked.map(topicsIn)).toEqual([
    ['A', 'B', 'C'],
    ['A', 'B', 'C'],
  ]);
  await service.stop();
  expect(asked.slice(2).map(({ name }) => name)).toEqual(['UNREGISTER_BROKER', 'UNREGISTER_BROKER']);
});

test('a new topic is told alone and at once', async () => {
  const { service, asked } = registration({ namesrvAddr: 'n1:9876' });
  await service.start();
  service.topicsChanged([createTopicConfig('D')]);
  await Promise.resolve();
  expect(asked.slice(1).map(topicsIn)).toEqual([['D']]);
  await service.stop();
});

test('the start does not wait for a name server that is not there, which hears of the broker when it is', async () => {
  const { service, clock, asked, state } = registration();
  state.reachable = false;
  await service.start();
  await clock.advance(5000);
  state.reachable = true;
  await clock.advance(1000);
  expect(asked.map(({ address }) => address)).toEqual(['n1:9876', 'n2:9876']);
  await service.stop();
});

test('everything is told again in each period, or, when not forced, only when the name server holds something else', async () => {
  const forced = registration({ namesrvAddr: 'n1:9876' });
  await forced.service.start();
  await forced.clock.advance(30_000);
  expect(forced.asked.map(({ name }) => name)).toEqual(['REGISTER_BROKER', 'REGISTER_BROKER']);
  const gentle = registration({ namesrvAddr: 'n1:9876', forceRegister: false });
  await gentle.service.start();
  await gentle.clock.advance(30_000);
  expect(gentle.asked.map(({ name }) => name)).toEqual(['REGISTER_BROKER', 'QUERY_DATA_VERSION']);
  await forced.service.stop();
  await gentle.service.stop();
});

test('a registration can be split, compressed, and lacks what the broker as a whole may not do', async () => {
  const split = registration({ namesrvAddr: 'n1:9876', enableSplitRegistration: true, splitRegistrationSize: 2 });
  await split.service.start();
  expect(split.asked.map(topicsIn)).toEqual([['A', 'B'], ['C']]);
  const readOnly = registration({ namesrvAddr: 'n1:9876', compressedRegister: true, brokerPermission: 4 });
  await readOnly.service.start();
  const [asked] = readOnly.asked;
  expect(asked?.header.compressed).toBe(true);
  const body = decodeCompressedRegisterBrokerBody(asked?.body ?? Buffer.alloc(0), 513);
  expect(body.topicConfigSerializeWrapper.topicConfigTable.get('A')?.perm).toBe(4);
  await split.service.stop();
  await readOnly.service.stop();
});

test('addresses are separated by semicolons and named once', () => {
  expect(nameServerAddresses('a:1;b:2; a:1;')).toEqual(['a:1', 'b:2']);
  expect(nameServerAddresses(undefined)).toEqual([]);
});
