// Several brokers in one process: each is there for itself, comes and goes, dies alone; the process as a whole can be killed.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasAbort, type TestBroker, TestContainer } from './support/container.js';
import { KnownMessages } from './support/known-messages.js';
import { Ledger, type Queue } from './support/ledger.js';
import { Load } from './support/load.js';
import { SeededRandom, seedOfRun } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { became, sleep } from './support/wait.js';

const DYING_THREAD = fileURLToPath(new URL('testdata/dying-thread.mjs', import.meta.url));
const QUEUES: readonly Queue[] = [0, 1, 2, 3].map((queueId) => ({ topic: 'load', queueId }));
const KILLS = 3;
/** On a busy machine the first acknowledgement may take that long. */
const LOAD_WITHIN_MS = 10_000;

let container: TestContainer;

beforeEach(async () => {
  container = await TestContainer.create({ nodeOptions: `--import=${DYING_THREAD}` });
});

afterEach(() => container.dispose());

/** Starts the container with these brokers. */
async function start(...names: string[]): Promise<TestBroker[]> {
  const brokers = await Promise.all(names.map((name) => container.broker(name)));
  container.configure(brokers);
  await container.server.start();
  return brokers;
}

function add({ configFile }: TestBroker) {
  return container.mqadmin('addBroker', '-c', container.address, '-b', configFile);
}

function remove({ name }: TestBroker) {
  return container.mqadmin('removeBroker', '-c', container.address, '-b', `DefaultCluster:${name}:0`);
}

async function knownMessagesOf({ port }: TestBroker, count = 20): Promise<KnownMessages> {
  const known = new KnownMessages(port);
  await known.send(count);
  return known;
}

test('two brokers of a container are there for themselves, in the name server too, and are closed with it', async () => {
  const [a, b] = (await start('a', 'b')) as [TestBroker, TestBroker];
  expect(container.server.stdout).toMatch(/^ready in \d+ ms[^\n]*\n$/);
  for (const { port } of [a, b]) expect(container.server.stdout).toContain(`127.0.0.1:${port}`);
  const known = [await knownMessagesOf(a, 10), await knownMessagesOf(b, 30)];
  const { output } = await container.mqadmin('clusterList');
  expect(output).toMatch(new RegExp(`\\ba\\s+0\\s+127.0.0.1:${a.port}`));
  expect(output).toMatch(new RegExp(`\\bb\\s+0\\s+127.0.0.1:${b.port}`));
  expect([a, b].map(hasAbort)).toEqual([true, true]);
  expect(await container.server.stop()).toEqual({ code: 0, signal: null });
  expect([a, b].map(hasAbort)).toEqual([false, false]);
  expect(container.server.stderr).toBe('');
  await container.server.start();
  for (const one of known) await one.check();
});

test('brokers come and go while the others serve', async () => {
  const [a] = (await start('a')) as [TestBroker];
  const known = await knownMessagesOf(a);
  const b = await container.broker('b');
  expect(await add(b)).toMatchObject({ code: 0, output: `add broker to ${container.address} success\n` });
  const knownOfB = await knownMessagesOf(b);
  const again = await add(b);
  expect(again.code).toBe(1);
  expect(again.output).toContain('DefaultCluster_b_0 has already been added to current broker container');
  expect(await remove(b)).toMatchObject({ code: 0 });
  expect(hasAbort(b)).toBe(false);
  await expect(RawClient.open(b.port)).rejects.toThrow();
  expect((await remove(b)).output).toContain('Broker not exist');
  expect((await add(b)).code).toBe(0);
  await knownOfB.check();
  await known.roundTrip();
  await known.check();
  expect((await container.server.stop()).code).toBe(0);
});

test('a thread that dies is told of and can be started again; the others do not notice', async () => {
  const [a, mortal] = (await start('a', 'mortal')) as [TestBroker, TestBroker];
  const [known, knownOfMortal] = [await knownMessagesOf(a), await knownMessagesOf(mortal)];
  writeFileSync(`${mortal.configFile}.die`, '');
  expect(await became(() => container.server.stderr.includes('of the container died'), 10_000)).toBe(true);
  rmSync(`${mortal.configFile}.die`);
  const line = container.server.stderr.split('\n').find((one) => one.includes('of the container died'));
  expect(JSON.parse(line ?? '')).toMatchObject({ broker: 'DefaultCluster_mortal_0', reason: 'struck by the test' });
  await known.roundTrip();
  await known.check();
  const status = await container.status();
  expect(status).toMatch(/DefaultCluster_mortal_0\.state\s*: died/);
  expect(status).toMatch(/DefaultCluster_a_0\.state\s*: running/);
  expect(hasAbort(mortal)).toBe(true);
  expect(await add(mortal)).toMatchObject({ code: 0 });
  await knownOfMortal.check();
  expect((await container.server.stop()).code).toBe(0);
  expect([a, mortal].map(hasAbort)).toEqual([false, false]);
});

test(`${KILLS} kills of a container under load lose nothing in any of its stores`, { retry: 0 }, async () => {
  const seed = seedOfRun();
  const random = new SeededRandom(seed);
  const brokers = await start('a', 'b');
  const ledgers = brokers.map(() => new Ledger());
  for (let round = 0; round < KILLS; round++) {
    const before = ledgers.map(({ count }) => count);
    const loads = brokers.map(({ port }, i) => {
      const options = { port, ledger: ledgers[i]!, random, prefix: `r${round}-${i}`, queues: QUEUES };
      return Load.start({ ...options, connections: 2 });
    });
    const running = await Promise.all(loads);
    const isUnderWay = () => ledgers.every(({ count }, i) => count > before[i]!);
    expect(await became(isUnderWay, LOAD_WITHIN_MS, 5), 'both brokers acknowledge').toBe(true);
    await sleep(random.between(100, 700));
    await container.server.kill();
    await Promise.all(running.map((load) => load.ended()));
    expect(brokers.map(hasAbort)).toEqual([true, true]);
    await container.server.start();
    for (const [i, { port }] of brokers.entries()) {
      const client = await RawClient.open(port);
      const { problems } = await ledgers[i]!.check(client);
      expect(problems, `round ${round} of seed ${seed}`).toEqual([]);
      client.destroy();
    }
  }
  expect((await container.server.stop()).code).toBe(0);
});

describe('a container does not start', () => {
  async function mustFail(...brokers: TestBroker[]): Promise<string> {
    container.configure(brokers);
    expect(await container.server.launch(), container.server.stderr).toEqual({ code: 1, signal: null });
    expect(container.server.stdout).toBe('');
    const lines = container.server.stderr.split('\n').filter((line) => line.startsWith('rocketmq '));
    expect(lines).toHaveLength(1);
    return lines[0]!;
  }

  test('with two brokers of one directory, and leaves no trace of a crash', async () => {
    const a = await container.broker('a');
    const b = await container.broker('b', { storePathRootDir: a.data });
    const line = await mustFail(a, b);
    expect(line).toContain(`directory ${a.data} of broker DefaultCluster_b_0 is used by broker DefaultCluster_a_0`);
    expect(hasAbort(a)).toBe(false);
  });

  test('with two brokers whose ports overlap', async () => {
    const a = await container.broker('a');
    const line = await mustFail(a, await container.broker('b', { listenPort: a.port + 2 }));
    expect(line).toContain(`port ${a.port} of broker DefaultCluster_b_0 is taken by broker DefaultCluster_a_0`);
  });

  test('with a broker that cannot start, and names its file, key and value', async () => {
    const a = await container.broker('a');
    const b = await container.broker('b', { flushDiskType: 'SOMETIMES' });
    const line = await mustFail(a, b);
    for (const part of [b.configFile, 'flushDiskType', 'SOMETIMES']) expect(line).toContain(part);
    expect(hasAbort(a)).toBe(false);
  });

  test('on a store that another process uses', async () => {
    const a = await container.broker('a');
    const other = await TestContainer.create();
    try {
      const same = await other.broker('a', { storePathRootDir: a.data });
      other.configure([same]);
      await other.server.start();
      expect(await mustFail(a)).toContain(join(a.data, 'lock'));
      expect(readFileSync(join(a.data, 'lock'), 'utf8')).toContain(`${other.server.pid}`);
      expect(existsSync(join(a.data, 'abort'))).toBe(true);
    } finally {
      await other.dispose();
    }
  });
});
