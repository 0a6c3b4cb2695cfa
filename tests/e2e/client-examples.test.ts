// The examples of the client, each run as its reader would run it, against a server of ours.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from './support/server.js';

const EXAMPLES = fileURLToPath(new URL('../../packages/client/examples/', import.meta.url));
const LIMIT_MS = 45_000;
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ settings: { recallMessageEnable: true } });
});

afterAll(async () => {
  await server?.dispose();
});

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs an example until it ends by itself, after Ctrl-C once it has printed `last`; one that hangs is killed, and has no code then. */
function run(name: string, last?: RegExp): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', name], {
      cwd: EXAMPLES,
      env: { ...process.env, NODE_OPTIONS: '', NAMESRV_ADDR: `127.0.0.1:${server.namesrvPort}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      text.out += chunk;
      if (last?.test(text.out)) child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk) => {
      text.err += chunk;
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({ code, ...text });
    });
  });
}

async function mustRun(name: string): Promise<string> {
  const { code, out, err } = await run(name);
  expect(err).toBe('');
  expect(code, out).toBe(0);
  return out;
}

describe('an example', () => {
  test('is a producer and a consumer in less than 20 lines, those of the READMEs, and ends well on Ctrl-C', async () => {
    const code = readFileSync(`${EXAMPLES}quick-start.mjs`, 'utf8');
    expect(code.trimEnd().split('\n').length).toBeLessThan(20);
    for (const readme of ['../README.md', '../../../README.md']) {
      expect(readFileSync(`${EXAMPLES}${readme}`, 'utf8')).toContain(`\`\`\`js\n${code}\`\`\`\n`);
    }
    const { code: exit, out, err } = await run('quick-start.mjs', /^received hello$/m);
    expect(err).toBe('');
    expect(out).toMatch(/^sent [0-9A-F]{32}$/m);
    expect(exit).toBe(0);
  });

  test('sends in all ways', async () => {
    const out = await mustRun('producer.mjs');
    expect(out).toMatch(/^sent [0-9A-F]{32} to queue \d of /m);
    expect(out).toContain('sent 100 messages in batches');
  });

  test('has messages brought to a handler', async () => {
    const out = await mustRun('push-consumer.mjs');
    expect(out.trim().split('\n').sort()).toEqual(['a', 'b', 'c'].map((body) => `received ${body} (paid)`));
  });

  test('keeps the order of keys', async () => {
    const out = await mustRun('ordered-consumer.mjs');
    expect(out.trim().split('\n').sort()).toEqual(['ann: 123', 'bob: 123', 'eve: 123']);
  });

  test('reads in a loop', async () => {
    const out = await mustRun('lite-pull-consumer.mjs');
    expect(out.trim().split('\n').sort()).toEqual([0, 1, 2, 3, 4].map((i) => `read entry ${i}`));
  });

  test('asks and is answered', async () => {
    expect(await mustRun('request-reply.mjs')).toBe('20+22 is 42\n');
  });

  test('administers', async () => {
    const out = await mustRun('admin.mjs');
    expect(out).toContain('found x');
    expect(out).toContain("group 'managed' goes on at 0");
    expect(out).toContain('its lag is 1');
    expect(out).toContain('after its reset to the end 1');
    expect(out).toMatch(/is a V5_/);
    expect(out).toContain('its topic Managed has the permissions 6');
  });

  test('sends for later, and takes back', async () => {
    const [first, ...others] = (await mustRun('delayed-messages.mjs')).trim().split('\n');
    expect(first).toMatch(/^took [0-9A-F]{32} back$/);
    expect(others).toEqual(['received in a second', 'received in three seconds']);
  });

  test('watches what clients do', async () => {
    const out = await mustRun('observing.mjs');
    expect(out).toContain('Watched: SEND_OK');
    expect(out).toContain('sent to Watched: true');
    expect(out).toContain('handled 1: true');
    for (const trace of ['Pub by shop', 'SubBefore by watched', 'SubAfter by watched']) expect(out).toContain(trace);
    expect(out).toMatch(/queues$/m);
    expect(out).toContain('rocketmq_client_consume_ok_msg_tps{topic="Watched"}');
  });

  test('is loaded by require too', async () => {
    expect(await mustRun('commonjs.cjs')).toBe('SEND_OK\n');
  });
});
