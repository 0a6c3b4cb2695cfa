// A loss of power, as far as a running machine can have one: the store lies on a file system of its own in an image,
// and what is in the image at one moment is all that the next start gets. Bytes that were only written, not made
// durable, are in the memory of that file system and not in the image.
import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Ledger, type Queue } from './support/ledger.js';
import { Load } from './support/load.js';
import { SeededRandom, seedOfRun, settingFromEnv } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { createTopic } from './support/requests.js';
import { TestServer } from './support/server.js';
import { sleep } from './support/wait.js';

const ROUNDS = settingFromEnv('POWER_ROUNDS', 1);
const IMAGE_BYTES = 256 * 1024 * 1024;
const QUEUES: readonly Queue[] = ['power-a', 'power-b'].flatMap((topic) =>
  [0, 1, 2, 3].map((queueId) => ({ topic, queueId })),
);
/** ASYNC_FLUSH: what was acknowledged before that is durable. */
const ASYNC_LOSS_MS = 1200;

const directory = mkdtempSync(join(tmpdir(), 'rocketmq-power-'));
const mounted = new Set<string>();

function run(...words: [string, ...string[]]): string | undefined {
  const { status, stderr, error } = spawnSync(words[0], words.slice(1), { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim() ?? 'failed');
}

/** Mounts an image at a directory of its own. */
function mount(image: string): { path: string; refused?: string } {
  const path = mkdtempSync(join(directory, 'disk-'));
  const refused = run('mount', '-o', 'loop', image, path);
  if (refused !== undefined) return { path, refused };
  mounted.add(path);
  return { path };
}

function unmount(path: string): void {
  if (mounted.delete(path)) run('umount', path);
}

function makeImage(name: string): { image: string; refused?: string } {
  const image = join(directory, name);
  const file = openSync(image, 'w');
  ftruncateSync(file, IMAGE_BYTES);
  closeSync(file);
  const refused = run('mkfs.ext4', '-q', '-F', image);
  return refused === undefined ? { image } : { image, refused };
}

/** Why there can be no such test here; undefined when there can. */
function refusal(): string | undefined {
  const { image, refused } = makeImage('probe.img');
  if (refused !== undefined) return refused;
  const disk = mount(image);
  unmount(disk.path);
  return disk.refused;
}

let server: TestServer | undefined;
afterEach(async () => {
  await server?.dispose();
  server = undefined;
  for (const path of mounted) unmount(path);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
});

const refused = refusal();
const skipped = refused === undefined ? '' : ` (skipped: no image can be mounted here: ${refused})`;

describe.skipIf(refused !== undefined)(`a loss of power${skipped}`, () => {
  test.each(['SYNC_FLUSH', 'ASYNC_FLUSH'] as const)(
    `${ROUNDS} times under load with %s loses nothing that is promised`,
    { timeout: 60_000 + ROUNDS * 30_000, retry: 0 },
    async (flushDiskType) => {
      const seed = seedOfRun();
      const random = new SeededRandom(seed);
      for (let round = 0; round < ROUNDS; round++)
        await cutPower(flushDiskType, random, `round ${round} of E2E_SEED=${seed}`);
    },
  );
});

async function cutPower(
  flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH',
  random: SeededRandom,
  name: string,
): Promise<void> {
  const { image } = makeImage('store.img');
  const disk = mount(image);
  const settings = { flushDiskType, mappedFileSizeCommitLog: 1 << 20, mappedFileSizeConsumeQueue: 6000 };
  server = await TestServer.start({ settings, data: join(disk.path, 'data') });
  const client = await RawClient.open(server.brokerPort);
  for (const topic of ['power-a', 'power-b']) await createTopic(client, topic);
  client.destroy();
  const common = { port: server.brokerPort, random, queues: QUEUES };
  const promised = new Ledger();
  const early = await Load.start({ ...common, ledger: promised, prefix: 'early' });
  await sleep(random.between(300, 1500));
  await early.drain();
  if (flushDiskType === 'ASYNC_FLUSH') await sleep(ASYNC_LOSS_MS);
  // With ASYNC_FLUSH the last messages may be lost, but nothing that is there may be damaged or doubled.
  const late = new Ledger();
  const lateLoad = await Load.start({
    ...common,
    ledger: flushDiskType === 'SYNC_FLUSH' ? promised : late,
    prefix: 'late',
  });
  await sleep(random.between(100, 1500));
  await server.kill();
  const cut = join(directory, 'cut.img');
  copyFileSync(image, cut);
  await lateLoad.ended();
  await server.dispose();
  unmount(disk.path);
  const rest = mount(cut);
  server = await TestServer.start({ settings, data: join(rest.path, 'data') });
  const reader = await RawClient.open(server.brokerPort);
  const findings = await promised.check(reader);
  expect(findings.problems, name).toEqual([]);
  console.log(`${flushDiskType}: ${findings.acknowledged} promised and ${late.count} not, ${findings.stored} there`);
  reader.destroy();
  expect((await server.stop()).code).toBe(0);
  await server.dispose();
  unmount(rest.path);
}
