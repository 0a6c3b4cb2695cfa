// No name from the wire becomes a path, the key of a prototype, or an entry of a table that it may not be in.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestContainer } from './support/container.js';
import type { HostileGroup, Link } from './support/hostile/hostile-case.js';
import { containerFields, hostileBodies, hostileFields } from './support/hostile/names.js';
import { runGroup } from './support/hostile/runner.js';
import { KnownMessages } from './support/known-messages.js';
import { RawClient } from './support/raw-client.js';
import { Code, createTopic, readQueue, sendRequest } from './support/requests.js';
import { TestServer } from './support/server.js';

const VALID = /^[%|a-zA-Z0-9_-]{1,255}$/;
const VALID_FILE = /^[%|a-zA-Z0-9_.-]{1,255}$/;
/** Runs in the server: at its end it writes whether the prototypes of everything are what they were. */
const GUARD = `
  import { writeFileSync } from 'node:fs';
  const types = [Object, Array, Function, String, Map, Set, Promise];
  const all = () => types.map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join()).join('|');
  const before = all();
  process.on('exit', () => writeFileSync(process.env.HOME + '/prototypes', all() === before ? 'same' : 'changed'));
`;
const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(GUARD)}`;

describe('at broker and name server', () => {
  let server: TestServer;
  let known: KnownMessages;
  let before: string[];

  beforeAll(async () => {
    server = await TestServer.start({ nodeOptions: NODE_OPTIONS });
    known = new KnownMessages(server.brokerPort);
    await known.send(50);
    before = outside(server);
  });
  afterAll(() => server?.dispose());

  test.each([
    ['in every field', hostileFields()],
    ['in every body', hostileBodies()],
  ])('%s are answered', { timeout: 120_000 }, async (_, group) => {
    await mustAnswer(group, server, { broker: server.brokerPort, namesrv: server.namesrvPort });
    await known.check();
  });

  test('keys of prototypes are topics and groups like any other', async () => {
    const client = await RawClient.open(server.brokerPort);
    for (const topic of ['__proto__', 'constructor', 'toString']) {
      await createTopic(client, topic);
      const bodies: string[] = [];
      for (const body of ['a', 'b']) {
        const answer = await client.call(sendRequest({ topic, queueId: 0, key: 'k', body: Buffer.from(body) }));
        expect(answer.code, answer.remark).toBe(0);
      }
      await readQueue(client, { topic, queueId: 0 }, ({ body }) => bodies.push(body.toString()));
      expect(bodies.slice(-2)).toEqual(['a', 'b']);
    }
    const table = JSON.parse((await client.call({ code: Code.GET_ALL_TOPIC_CONFIG })).body.toString());
    expect(Object.keys(table.topicConfigTable)).toEqual(expect.arrayContaining(['__proto__', 'constructor']));
    client.destroy();
  });

  test('stand in no table where they may not be, and no file has one', async () => {
    const routes = await RawClient.open(server.namesrvPort);
    const { topicList } = JSON.parse((await routes.call({ code: 206 })).body.toString()) as { topicList: string[] };
    routes.destroy();
    expect(topicList.filter((name) => !VALID.test(name))).toEqual([]);
    expect((await server.stop()).code).toBe(0);
    const table = (file: string, name: string): object => readJson(server, file)[name] ?? {};
    const topics = Object.keys(table('topics.json', 'topicConfigTable'));
    const groups = Object.keys(table('subscriptionGroup.json', 'subscriptionGroupTable'));
    const offsets = Object.keys(table('consumerOffset.json', 'offsetTable')).flatMap((key) => key.split('@'));
    expect(topics.length).toBeGreaterThan(5);
    expect(groups.length).toBeGreaterThan(5);
    expect([...topics, ...groups, ...offsets].filter((name) => !VALID.test(name))).toEqual([]);
    const files = readdirSync(server.data, { recursive: true, encoding: 'utf8' }).flatMap((path) => path.split('/'));
    expect(files.filter((name) => !VALID_FILE.test(name) || /^\.+$/.test(name))).toEqual([]);
    expect(outside(server).filter((path) => !path.endsWith('/prototypes'))).toEqual(before);
  });

  test('change no prototype', () => {
    expect(readFileSync(join(server.home, 'prototypes'), 'utf8')).toBe('same');
  });

  test('do not keep the server from starting again', async () => {
    await server.start();
    await known.check();
  });
});

test('at a container they are answered, and name no file', { timeout: 120_000 }, async () => {
  const container = await TestContainer.create({ nodeOptions: NODE_OPTIONS });
  try {
    const { server } = container;
    const broker = await container.broker('named');
    container.configure([broker]);
    await server.start();
    const before = outside(server);
    await mustAnswer(containerFields(), server, { broker: server.brokerPort, namesrv: container.namesrv.namesrvPort });
    expect(await container.status()).toContain('named');
    expect((await server.stop()).code).toBe(0);
    expect(outside(server).filter((path) => !path.endsWith('/prototypes'))).toEqual(before);
    expect(readFileSync(join(server.home, 'prototypes'), 'utf8')).toBe('same');
  } finally {
    await container.dispose();
  }
});

async function mustAnswer(
  group: HostileGroup,
  server: TestServer,
  ports: Readonly<Record<Link, number>>,
): Promise<void> {
  const report = await runGroup(group, { ports });
  if (!server.isRunning) throw server.failure('died of a name');
  console.log(`${group.cases.length} names: ${report.answered} answered, slowest ${report.slowestMs.toFixed(0)} ms`);
  expect(report.problems).toEqual([]);
}

/** The reference leaves number keys unquoted. */
function readJson(server: TestServer, file: string): Record<string, object> {
  const text = readFileSync(join(server.data, 'config', file), 'utf8');
  return JSON.parse(text.replace(/([{,]\s*)(-?\d+):/g, '$1"$2":'));
}

/** Every file beside the data. */
function outside(server: TestServer): string[] {
  const roots = [server.home, join(server.directory, 'cwd')];
  const inside = roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)),
  );
  const own = readdirSync(server.directory).filter((name) => !name.endsWith('.conf.bak'));
  return [...own, ...inside, ...readdirSync('/tmp').filter((name) => name.includes('escaped'))].sort();
}
