// Applications with open clients that are told to stop: what is in hand is finished or comes again, progress is kept,
// and the process ends by itself.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Admin, Producer } from '@rocketmq-ts/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from './support/server.js';
import { became } from './support/wait.js';

const APPLICATION = fileURLToPath(new URL('./testdata/stopping.mjs', import.meta.url));
const READY_MS = 20_000;
/** What a busy machine may add to the drain time. */
const SLACK_MS = 4000;
const COUNT = 20;
let server: TestServer;
let nameServers: string;

beforeAll(async () => {
  server = await TestServer.start();
  nameServers = `127.0.0.1:${server.namesrvPort}`;
});

afterAll(async () => {
  await server?.dispose();
});

interface Application {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Bodies of the lines that begin with this word. */
  bodies(word: string): string[];
}

function launch(options: object): Application {
  const child = spawn(process.execPath, [APPLICATION, JSON.stringify({ nameServers, ...options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const bodies = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  return { child, lines, bodies };
}

/** SIGTERM; the exit code and how long it took, or undefined when the process had to be killed. */
async function stop({ child }: Application, withinMs: number): Promise<{ code: number | null; tookMs: number }> {
  const began = performance.now();
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const code = await ended;
  clearTimeout(limit);
  return { code, tookMs: performance.now() - began };
}

async function fill(topic: string): Promise<string[]> {
  const bodies = Array.from({ length: COUNT }, (_, index) => `${index}`);
  await using producer = new Producer({ nameServers, group: 'filling', defaultTopicQueueNums: 1 });
  for (const body of bodies) await producer.send({ topic, body });
  return bodies;
}

describe('an application that gets SIGTERM', () => {
  test('ends what it has begun, keeps its progress, and ends by itself', async () => {
    const sent = await fill('STOPPED');
    const first = launch({ topic: 'STOPPED', group: 'stopped', handleMs: 300, drainMs: 5000 });
    expect(await became(() => first.bodies('ends').length >= 4, READY_MS)).toBe(true);
    const { code, tookMs } = await stop(first, 5000 + SLACK_MS);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5000 + SLACK_MS);
    expect(first.lines.at(-1)).toBe('closed');
    expect(first.bodies('begins').sort()).toEqual(first.bodies('ends').sort());
    const done = first.bodies('ends').length;
    expect(done).toBeLessThan(COUNT);
    await using admin = new Admin({ nameServers });
    const queue = { topic: 'STOPPED', brokerName: 'broker-a', queueId: 0 };
    expect(await admin.consumerOffset('stopped', queue)).toBe(done);
    const second = launch({ topic: 'STOPPED', group: 'stopped', handleMs: 1, drainMs: 5000 });
    expect(await became(() => second.bodies('ends').length >= COUNT - done, READY_MS)).toBe(true);
    expect((await stop(second, 5000 + SLACK_MS)).code).toBe(0);
    const all = [...first.bodies('ends'), ...second.bodies('ends')];
    expect(all.sort()).toEqual(sent.sort());
  });

  test('waits no longer than its drain time; what was not ended comes again', async () => {
    const sent = await fill('DRAINED');
    const first = launch({ topic: 'DRAINED', group: 'drained', handleMs: 6000, drainMs: 500 });
    expect(await became(() => first.bodies('begins').length >= 4, READY_MS)).toBe(true);
    // The handlers' own timers keep the process alive until they are over: that is theirs, not the client's.
    const { code, tookMs } = await stop(first, 12_000);
    expect(code).toBe(0);
    expect(first.lines).toContain('closed');
    expect(first.lines.indexOf('closed')).toBeLessThan(first.lines.findIndex((line) => line.startsWith('ends')));
    expect(tookMs).toBeLessThan(6000 + SLACK_MS);
    const second = launch({ topic: 'DRAINED', group: 'drained', handleMs: 1, drainMs: 500 });
    expect(await became(() => second.bodies('ends').length >= COUNT, READY_MS)).toBe(true);
    await stop(second, SLACK_MS);
    expect([...new Set(second.bodies('ends'))].sort()).toEqual(sent.sort());
  });

  test('ends although the server is gone', async () => {
    await fill('ALONE');
    const application = launch({ topic: 'ALONE', group: 'alone', handleMs: 1, drainMs: 1000 });
    expect(await became(() => application.bodies('ends').length >= COUNT, READY_MS)).toBe(true);
    await server.kill();
    const { code, tookMs } = await stop(application, 15_000);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
  });
});
