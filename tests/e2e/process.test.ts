// A server process as its operator sees it: one line when it is ready, one clear line when it can not start, a clean end.
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { KnownMessages } from './support/known-messages.js';
import { type ServerOptions, TestServer } from './support/server.js';
import { became } from './support/wait.js';

let server: TestServer | undefined;
let blocker: Server | undefined;

afterEach(async () => {
  await server?.dispose();
  blocker?.close();
  server = undefined;
  blocker = undefined;
});

function occupy(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    blocker = createServer();
    blocker.once('error', reject);
    blocker.listen(port, '127.0.0.1', () => resolve());
  });
}

/** Runs a server that can not start, and gives what it printed on the standard error. */
async function mustFail(options: ServerOptions, prepare: (one: TestServer) => Promise<void> | void = () => undefined) {
  server = await TestServer.create(options);
  await prepare(server);
  const ending = await server.launch();
  expect(ending, server.stderr).toEqual({ code: 1, signal: null });
  expect(server.stdout).toBe('');
  const lines = server.stderr.trim().split('\n');
  expect(
    lines.filter((line) => line.startsWith('rocketmq ')),
    server.stderr,
  ).toHaveLength(1);
  expect(server.stderr, 'no stack trace').not.toMatch(/^\s+at /m);
  return lines.at(-1)!;
}

describe('a port that is taken', () => {
  test('is named when it is the name server’s', async () => {
    const line = await mustFail({}, (one) => occupy(one.namesrvPort));
    expect(line).toContain(`${server!.namesrvPort}`);
  });

  test.each([0, -2])('is named when it is the broker’s (%i from its port)', async (distance) => {
    const line = await mustFail({}, (one) => occupy(one.brokerPort + distance));
    expect(line).toContain(`${server!.brokerPort + distance}`);
    expect(existsSync(join(server!.data, 'abort')), 'a failed start is no crash').toBe(false);
  });
});

describe('a configuration', () => {
  test.each([
    ['flushDiskType', 'SOMETIMES'],
    ['maxMessageSize', 'large'],
    ['brokerPermission', '-5'],
    ['autoCreateTopicEnable', 'perhaps'],
  ])('with a wrong value is named: file, key and value (%s=%s)', async (key, value) => {
    const line = await mustFail({ settings: { [key]: value } });
    expect(line).toContain(server!.configFile);
    expect(line).toContain(key);
    expect(line).toContain(value);
  });

  test('that does not exist is named', async () => {
    server = await TestServer.create({});
    expect((await server.launch(['-c', '/nowhere/broker.conf'])).code).toBe(1);
    expect(server.stderr).toContain('/nowhere/broker.conf');
  });

  test('with an unknown key is warned about with the nearest known name, and used', async () => {
    server = await TestServer.start({ settings: { flushDiskTyp: 'SYNC_FLUSH', maxMesageSize: 1 } });
    expect(server.stderr).toMatch(/flushDiskTyp\b.*flushDiskType/);
    expect(server.stderr).toMatch(/maxMesageSize\b.*maxMessageSize/);
  });

  test('of a name server with a wrong value is named too', async () => {
    const line = await mustFail({ role: 'namesrv', settings: { scanNotActiveBrokerInterval: 'often' } });
    expect(line).toContain('scanNotActiveBrokerInterval');
    expect(line).toContain('often');
  });
});

describe('a server', () => {
  test('says in one line that it is ready, ends with 0 on SIGTERM and leaves no abort file', async () => {
    server = await TestServer.start();
    expect(server.stdout).toMatch(/^ready in \d+ ms[^\n]*\n$/);
    expect(server.stdout).toContain(`127.0.0.1:${server.namesrvPort}`);
    expect(server.stdout).toContain(`127.0.0.1:${server.brokerPort}`);
    const known = new KnownMessages(server.brokerPort);
    await known.send(20);
    expect(existsSync(join(server.data, 'abort'))).toBe(true);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(join(server.data, 'abort'))).toBe(false);
    expect(server.stderr, 'nothing to complain about').toBe('');
    await server.start();
    await known.check();
  });

  test('that is killed leaves its abort file, and a clean stop after the recovery removes it', async () => {
    server = await TestServer.start();
    const known = new KnownMessages(server.brokerPort);
    await known.send(20);
    await server.kill();
    expect(existsSync(join(server.data, 'abort'))).toBe(true);
    await server.start();
    await known.check();
    expect((await server.stop()).code).toBe(0);
    expect(existsSync(join(server.data, 'abort'))).toBe(false);
  });

  test('does not start on a store that another one uses, and does not disturb it', async () => {
    server = await TestServer.start();
    const known = new KnownMessages(server.brokerPort);
    await known.send(20);
    const second = await TestServer.create({ data: server.data });
    const ending = await second.launch();
    expect(ending.code, second.stderr).toBe(1);
    expect(second.stderr).toContain(server.data);
    await second.dispose();
    await known.check();
  });

  test('that idles keeps little memory', async () => {
    server = await TestServer.start();
    const one = server;
    await became(() => false, 2000);
    console.log(`an idle server has ${(one.rssBytes() / 1024 / 1024).toFixed(0)} MB resident; ${one.stdout.trim()}`);
    expect(one.rssBytes()).toBeLessThan(90 * 1024 * 1024);
  });
});
