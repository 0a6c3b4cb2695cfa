// What an unauthenticated peer must not be able to do: change paths, classes and addresses, read secrets, write files, exhaust tables.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawClient } from './support/raw-client.js';
import { Code } from './support/requests.js';
import { TestServer } from './support/server.js';
import { sleep } from './support/wait.js';

const SECRET = 'abracadabra-1234567890';

let server: TestServer;
let broker: RawClient;
let namesrv: RawClient;

beforeAll(async () => {
  const credentials = { innerClientAuthenticationCredentials: `{"accessKey":"inner","secretKey":"${SECRET}"}` };
  const user = { initAuthenticationUser: `{"username":"admin","password":"${SECRET}"}` };
  server = await TestServer.start({ settings: { ...credentials, ...user } });
  broker = await RawClient.open(server.brokerPort);
  namesrv = await RawClient.open(server.namesrvPort);
});
afterAll(async () => {
  broker?.destroy();
  namesrv?.destroy();
  await server?.dispose();
});

/** Every file with its size, but those that the server writes all the time anyway. */
function files(): string[] {
  return readdirSync(server.directory, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stat: statSync(join(server.directory, name)) }))
    .filter(({ name }) => !/server\.(out|err)$/.test(name))
    .map(({ name, stat }) => `${name} ${stat.isDirectory() ? 'directory' : stat.size}`)
    .sort();
}

describe('UPDATE_BROKER_CONFIG and UPDATE_NAMESRV_CONFIG', () => {
  const dangerous: readonly (readonly [what: string, text: (directory: string) => string])[] = [
    ['storePathRootDir', (directory) => `storePathRootDir=${directory}/stolen`],
    ['storePathCommitLog', (directory) => `storePathCommitLog=${directory}/stolen`],
    ['messageStorePlugIn', () => 'messageStorePlugIn=java.lang.Runtime'],
    ['rocketmqHome', (directory) => `rocketmqHome=${directory}/stolen`],
    ['brokerConfigPath', (directory) => `brokerConfigPath=${directory}/stolen`],
    ['configStorePath', (directory) => `configStorePath=${directory}/stolen`],
    ['kvConfigPath', (directory) => `kvConfigPath=${directory}/stolen`],
    ['configBlackList', () => 'configBlackList=nothing'],
    ['namesrvAddr', () => 'namesrvAddr=127.0.0.1:1'],
    ['bindAddress', () => 'bindAddress=0.0.0.0'],
    ['listenPort', () => 'listenPort=1'],
    ['a credential', () => 'innerClientAuthenticationCredentials={"accessKey":"x","secretKey":"y"}'],
    ['authenticationEnabled', () => 'authenticationEnabled=true'],
    ['an unknown key', () => 'noSuchKey=1'],
    ['a prototype name', () => '__proto__=1\nconstructor=1'],
    ['an escaped line break', () => 'brokerPermission=6\\nstorePathRootDir=/tmp/stolen'],
    [
      'a dangerous key behind an allowed one',
      (directory) => `maxMessageSize=100000\nstorePathRootDir=${directory}/stolen`,
    ],
    ['an escaped key', (directory) => `store\\u0050athRootDir=${directory}/stolen`],
    ['a continued line', (directory) => `storePath\\\n   RootDir=${directory}/stolen`],
    ['a key with blanks', (directory) => `  storePathRootDir  :  ${directory}/stolen`],
    ['a NUL', (directory) => `storePathRootDir\u0000=${directory}/stolen`],
  ];

  const targets = [
    ['broker', Code.UPDATE_BROKER_CONFIG, Code.GET_BROKER_CONFIG],
    ['namesrv', Code.UPDATE_NAMESRV_CONFIG, Code.GET_NAMESRV_CONFIG],
  ] as const;

  for (const [link, update, get] of targets) {
    test.each(dangerous)(`${link}: %s is refused, and nothing changes`, async (_, text) => {
      const client = link === 'broker' ? broker : namesrv;
      const before = { files: files(), config: (await client.call({ code: get })).body.toString() };
      const answer = await client.call({ code: update, body: text(server.directory) });
      expect(answer.code, answer.remark).not.toBe(0);
      await sleep(50);
      expect((await client.call({ code: get })).body.toString()).toBe(before.config);
      expect(files()).toEqual(before.files);
    });
  }

  test('what may change does change', async () => {
    const answer = await broker.call({ code: Code.UPDATE_BROKER_CONFIG, body: 'maxTransferCountOnMessageInMemory=33' });
    expect(answer.code, answer.remark).toBe(0);
    const config = (await broker.call({ code: Code.GET_BROKER_CONFIG })).body.toString();
    expect(config).toContain('maxTransferCountOnMessageInMemory=33');
  });
});

describe('secrets', () => {
  test.each([26, 319, 28, 62, 3005, 3004])('are not in the answer to %i', async (code) => {
    for (const client of [broker, namesrv]) {
      const answer = await client.call({ code });
      expect(`${answer.remark}${[...answer.ext.values()]}${answer.body.toString('latin1')}`).not.toContain(SECRET);
    }
  });

  test('are not in the log', () => {
    expect(server.stderr + server.stdout).not.toContain(SECRET);
  });
});

describe('tables', () => {
  test.each([2 ** 31 - 1, 100_000_000, -1])('a topic with %i queues is refused', async (queues) => {
    const numbers = {
      readQueueNums: `${queues}`,
      writeQueueNums: `${queues}`,
      perm: '6',
      topicFilterType: 'SINGLE_TAG',
    };
    const ext = { topic: `wide${queues}`, defaultTopic: 'TBW102', topicSysFlag: '0', order: 'false', ...numbers };
    const answer = await broker.call({ code: Code.UPDATE_AND_CREATE_TOPIC, ext });
    expect(answer.code, answer.remark).not.toBe(0);
    const topics = (await broker.call({ code: Code.GET_ALL_TOPIC_CONFIG })).body.toString();
    expect(topics).not.toContain(`wide${queues}`);
  });

  test('a list of topics and an automatic topic are held to the same', async () => {
    const topicConfigList = [
      { topicName: 'wide-in-list', readQueueNums: 2 ** 31 - 1, writeQueueNums: 2 ** 31 - 1, perm: 6 },
    ];
    await broker.call({ code: Code.UPDATE_AND_CREATE_TOPIC_LIST, body: JSON.stringify({ topicConfigList }) });
    const ext = { a: 'p', b: 'wide-auto', c: 'TBW102', d: '2147483647', e: '0', f: '0', g: '1', h: '0', i: '' };
    await broker.call({ code: Code.SEND_MESSAGE_V2, ext, body: 'x' });
    const topics = (await broker.call({ code: Code.GET_ALL_TOPIC_CONFIG })).body.toString();
    expect(topics).not.toContain('wide-in-list');
    expect(topics).not.toContain('2147483647');
  });
});

describe('addresses', () => {
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');

  test.skipIf(others.length === 0)('standalone listens on the loopback interface only', async () => {
    for (const port of [server.namesrvPort, server.brokerPort, server.brokerPort - 2]) {
      expect(await answers('127.0.0.1', port), `port ${port}`).toBe(true);
      expect(await answers(others[0]!.address, port), `port ${port}`).toBe(false);
    }
  });

  test('no other port is open than those that are announced', () => {
    const expected = [server.namesrvPort, server.brokerPort, server.brokerPort - 2];
    expect(listeningPorts(server.pid).sort()).toEqual(expected.sort());
  });
});

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const end = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** TCP ports that a process listens on, from the tables of the kernel. */
function listeningPorts(pid: number): number[] {
  const sockets = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) sockets.add(readlinkSync(`/proc/${pid}/fd/${fd}`));
  const ports = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A' && sockets.has(`socket:[${columns[9]}]`))
      .map((columns) => Number.parseInt(columns[1]!.split(':')[1]!, 16)),
  );
  return [...new Set(ports)];
}
