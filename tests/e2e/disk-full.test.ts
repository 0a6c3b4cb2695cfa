// A disk that fills up: sends are refused with the reason, everything else goes on, nothing acknowledged is lost,
// and sends are back when there is space again, without a restart.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkedBody, Ledger } from './support/ledger.js';
import { settingFromEnv } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { Code, createTopic, pullRequest, Status, sendRequest } from './support/requests.js';
import { TestServer } from './support/server.js';
import { became } from './support/wait.js';

const IS_LONG = settingFromEnv('E2E_LONG', 0) > 0;
const MB = 1024 * 1024;
const DISK_MB = 64;
const BALLAST_MB = 24;
const RESERVE_MB = 4;
const QUEUE = { topic: 'filling', queueId: 0 };
const BACK_WITHIN_MS = 15_000;

/** A small file system of its own, or why there is none. */
function mountSmallDisk(): { path: string; refused?: string } {
  const path = mkdtempSync(join(tmpdir(), 'rocketmq-disk-'));
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', path]);
  if (status === 0) return { path };
  rmdirSync(path);
  return { path, refused: error?.message ?? stderr.toString().trim() };
}

const disk = mountSmallDisk();
let server: TestServer | undefined;

afterAll(async () => {
  await server?.dispose();
  if (disk.refused !== undefined) return;
  spawnSync('umount', [disk.path]);
  rmdirSync(disk.path);
});

const skipped = disk.refused === undefined ? '' : ` (skipped: no file system can be mounted here: ${disk.refused})`;

describe.skipIf(disk.refused !== undefined)(`a full disk${skipped}`, () => {
  const ledger = new Ledger();
  const ballast = join(disk.path, 'ballast');
  const reserve = join(disk.path, 'reserve');
  let client: RawClient;
  let sequence = 0;

  async function send(): Promise<{ code: number; remark: string }> {
    const key = `d${sequence++}`;
    const message = { ...QUEUE, key, body: checkedBody(key, 16 * 1024) };
    const answer = await client.call(sendRequest(message));
    if (answer.code === Status.SUCCESS) ledger.acknowledge(message, Number(answer.ext.get('queueOffset')));
    return answer;
  }

  /** Sends until one is refused. */
  async function fill(): Promise<{ code: number; remark: string }> {
    for (let i = 0; i < (2 * DISK_MB * MB) / (16 * 1024); i++) {
      const answer = await send();
      if (answer.code !== Status.SUCCESS) return answer;
    }
    throw new Error('more was acknowledged than the disk holds');
  }

  async function mustServeReads(): Promise<void> {
    const pulled = await client.call(pullRequest(QUEUE, 0, 8));
    expect(pulled.code, pulled.remark).toBe(0);
    const commit = { consumerGroup: 'e2e-reader', topic: QUEUE.topic, queueId: '0', commitOffset: '1' };
    const committed = await client.call({ code: Code.UPDATE_CONSUMER_OFFSET, ext: commit });
    expect(committed.code, committed.remark).toBe(0);
    expect((await client.call({ code: Code.GET_BROKER_CONFIG })).code).toBe(0);
    expect((await ledger.check(client)).problems).toEqual([]);
  }

  test('refuses sends with the reason, and serves everything else', { timeout: 120_000 }, async () => {
    mkdirSync(join(disk.path, 'data'));
    writeFileSync(ballast, Buffer.alloc(BALLAST_MB * MB));
    writeFileSync(reserve, Buffer.alloc(RESERVE_MB * MB));
    const settings = {
      mappedFileSizeCommitLog: 4 * MB,
      mappedFileSizeConsumeQueue: 6000,
      cleanFileForciblyEnable: false,
      maxIndexNum: 10_000,
      maxHashSlotNum: 2500,
    };
    server = await TestServer.start({ settings, data: join(disk.path, 'data') });
    client = await RawClient.open(server.brokerPort);
    await createTopic(client, QUEUE.topic);
    ledger.watch(QUEUE);
    const group = { groupName: 'e2e-reader', consumeEnable: true, retryQueueNums: 1, brokerId: 0 };
    await client.call({ code: Code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify(group) });
    const refusal = await fill();
    console.log(`refused after ${ledger.count} messages: ${refusal.code} ${refusal.remark}`);
    expect(refusal.code, refusal.remark).toBe(Status.SERVICE_NOT_AVAILABLE);
    expect(refusal.remark).not.toBe('');
    for (let i = 0; i < 20; i++) expect((await send()).code).not.toBe(Status.SUCCESS);
    await mustServeReads();
  });

  test('takes sends again when there is space, without a restart', { timeout: 60_000 }, async () => {
    rmSync(ballast);
    const began = performance.now();
    expect(await became(async () => (await send()).code === Status.SUCCESS, BACK_WITHIN_MS, 200)).toBe(true);
    console.log(`sends are back ${(performance.now() - began).toFixed(0)} ms after space was freed`);
    for (let i = 0; i < 100; i++) expect((await send()).code).toBe(Status.SUCCESS);
    await mustServeReads();
  });

  // The disk is looked at every ten seconds only.
  test.skipIf(!IS_LONG)('is full at nine tenths already (with E2E_LONG=1)', { timeout: 60_000 }, async () => {
    const { bsize, bavail, blocks } = statfsSync(disk.path);
    writeFileSync(ballast, Buffer.alloc(Math.floor((bavail - blocks * 0.07) * bsize)));
    expect(await became(async () => (await send()).code === Status.SERVICE_NOT_AVAILABLE, BACK_WITHIN_MS, 500)).toBe(
      true,
    );
    const { bavail: left } = statfsSync(disk.path);
    expect(left * bsize, 'there was space').toBeGreaterThan(MB);
    await mustServeReads();
    rmSync(ballast);
    expect(await became(async () => (await send()).code === Status.SUCCESS, BACK_WITHIN_MS, 500)).toBe(true);
  });

  test('that has no byte left loses nothing either', { timeout: 120_000 }, async () => {
    await fill();
    // What is left is taken from under the server, so that its own writes fail.
    expect(() => writeFileSync(ballast, Buffer.alloc(2 * DISK_MB * MB))).toThrow(/ENOSPC/);
    for (let i = 0; i < 50; i++) await send();
    await mustServeReads();
  });

  test('is named by a server that can not start on it', async () => {
    client.destroy();
    await server!.kill();
    const { code } = await server!.launch();
    expect(code, server!.stderr).toBe(1);
    expect(server!.stderr.trim().split('\n').at(-1)).toMatch(new RegExp(`ENOSPC.*${server!.data}`));
  });

  test('leaves a store that starts again, after a kill and after a clean stop', { timeout: 60_000 }, async () => {
    rmSync(ballast);
    rmSync(reserve);
    await server!.start();
    client = await RawClient.open(server!.brokerPort);
    expect((await ledger.check(client)).problems).toEqual([]);
    client.destroy();
    expect((await server!.stop()).code).toBe(0);
    await server!.start();
    client = await RawClient.open(server!.brokerPort);
    expect((await ledger.check(client)).problems).toEqual([]);
    client.destroy();
  });
});
