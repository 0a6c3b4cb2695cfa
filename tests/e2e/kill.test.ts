// kill -9 at random moments under load: what was acknowledged is there afterwards, unchanged, once, and where it was.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkedBody, Ledger, type Queue } from './support/ledger.js';
import { Load } from './support/load.js';
import { OffsetCommits } from './support/offset-commits.js';
import { SeededRandom, seedOfRun, settingFromEnv } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { sendRequest } from './support/requests.js';
import { type Settings, TestServer } from './support/server.js';
import { SPECIAL_SETTINGS, SpecialLoad } from './support/special-load.js';
import { became } from './support/wait.js';

const ASYNC_ROUNDS = settingFromEnv('KILL_ROUNDS', 20);
const SYNC_ROUNDS = settingFromEnv('KILL_ROUNDS_SYNC', 5);
const ROUNDS_OF_A_STORE = 5;
const OFFSET_FLUSH_INTERVAL_MS = 400;
const OFFSET_FLUSH_LATE_MS = 1500;
/** On a busy machine the first commit may take that long. */
const COMMIT_WITHIN_MS = 10_000;
/** So much longer is the last round of a store, so that consumer offsets have to be on the disk. */
const LONG_ROUND_MS = 2500;
const TEST_LIMIT_MS = 60_000 + (ASYNC_ROUNDS + SYNC_ROUNDS) * 10_000;

const QUEUES: readonly Queue[] = ['kill-a', 'kill-b', 'kill-c'].flatMap((topic) =>
  [0, 1, 2, 3].map((queueId) => ({ topic, queueId })),
);

// Files that are small enough to be rolled over many times in a round.
const SMALL_FILES: Settings = { mappedFileSizeCommitLog: 1 << 20, mappedFileSizeConsumeQueue: 6000 };
const COMMON: Settings = {
  flushConsumerOffsetInterval: OFFSET_FLUSH_INTERVAL_MS,
  maxTransferCountOnMessageInMemory: 2000,
  maxTransferCountOnMessageInDisk: 2000,
  maxTransferBytesOnMessageInMemory: 2 << 20,
  maxTransferBytesOnMessageInDisk: 2 << 20,
};

let server: TestServer | undefined;
afterEach(async () => {
  await server?.dispose();
  server = undefined;
});

/** What the rounds of one store share. */
class Life {
  readonly ledger = new Ledger();
  readonly commits = new OffsetCommits();
  readonly special = new SpecialLoad();

  constructor(
    readonly server: TestServer,
    readonly random: SeededRandom,
  ) {}
}

/** Load, kill, start again (sometimes killed once more while it recovers), and a look at everything. */
async function killRound(
  life: Life,
  round: string,
  isLong: boolean,
): Promise<{ firstAckMs: number; acknowledged: number }> {
  const { random, ledger, commits, special } = life;
  const before = ledger.count;
  const load = await Load.start({ port: life.server.brokerPort, ledger, random, prefix: round, queues: QUEUES });
  await commits.start(life.server.brokerPort);
  await special.start(life.server.brokerPort);
  expect(await became(async () => commits.count > 0, COMMIT_WITHIN_MS, 5), 'offsets are committed').toBe(true);
  await sleep(random.between(100, 700) + (isLong ? LONG_ROUND_MS : 0));
  await life.server.kill();
  const killedAt = performance.now();
  await Promise.all([load.ended(), commits.ended(), special.ended()]);
  expect(existsSync(join(life.server.data, 'abort')), 'a killed server leaves its abort file').toBe(true);
  if (random.below(3) === 0) await killWhileRecovering(life);
  const began = performance.now();
  await life.server.start();
  const client = await RawClient.open(life.server.brokerPort);
  await acknowledgeOne(client, ledger, `${round}-first`);
  const firstAckMs = performance.now() - began;
  const findings = await ledger.check(client);
  expect(findings.problems, `round ${round}: ${findings.stored} stored, ${findings.acknowledged} acknowledged`).toEqual(
    [],
  );
  expect([...load.refusals], 'sends were refused').toEqual([]);
  expect(await commits.problems(client, killedAt - OFFSET_FLUSH_INTERVAL_MS - OFFSET_FLUSH_LATE_MS)).toEqual([]);
  // What is to come later is waited for once in the life of a store.
  if (isLong) expect(await special.problems(client)).toEqual([]);
  client.destroy();
  return { firstAckMs, acknowledged: ledger.count - before };
}

async function killWhileRecovering({ server, random }: Life): Promise<void> {
  const ending = server.launch();
  await sleep(random.between(20, 700));
  await server.kill();
  await ending;
}

async function acknowledgeOne(client: RawClient, ledger: Ledger, key: string): Promise<void> {
  const message = { topic: 'kill-a', queueId: 0, key, body: checkedBody(key, 100) };
  const answer = await client.call(sendRequest(message));
  expect(answer.code, answer.remark).toBe(0);
  ledger.acknowledge(message, Number(answer.ext.get('queueOffset')));
}

async function killLoop(rounds: number, flush: 'ASYNC_FLUSH' | 'SYNC_FLUSH'): Promise<void> {
  const seed = seedOfRun();
  const random = new SeededRandom(seed);
  const firstAcks: number[] = [];
  let acknowledged = 0;
  for (let store = 0; store * ROUNDS_OF_A_STORE < rounds; store++) {
    const settings = { ...COMMON, ...(store % 2 === 0 ? SMALL_FILES : {}), flushDiskType: flush, ...SPECIAL_SETTINGS };
    server = await TestServer.start({ settings });
    const life = new Life(server, random);
    await life.commits.prepare(server.brokerPort);
    await life.special.prepare(server.brokerPort);
    const last = Math.min(rounds, (store + 1) * ROUNDS_OF_A_STORE);
    for (let round = store * ROUNDS_OF_A_STORE; round < last; round++) {
      const result = await killRound(life, `r${round}`, round === last - 1).catch((error: unknown) => {
        throw new Error(`round ${round} of seed ${seed} (E2E_SEED=${seed})`, { cause: error });
      });
      firstAcks.push(result.firstAckMs);
      acknowledged += result.acknowledged;
    }
    expect((await server.stop()).code).toBe(0);
    await server.dispose();
  }
  firstAcks.sort((a, b) => a - b);
  const median = firstAcks[firstAcks.length >> 1] ?? 0;
  console.log(
    `${flush}: ${rounds} kills, seed ${seed}, ${acknowledged} acknowledged, none lost, ` +
      `start to first acknowledgement ${median.toFixed(0)} ms (median), ${firstAcks.at(-1)?.toFixed(0)} ms (worst)`,
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test(
  `${ASYNC_ROUNDS} kills under load with ASYNC_FLUSH lose, change, double and move nothing`,
  { timeout: TEST_LIMIT_MS, retry: 0 },
  () => killLoop(ASYNC_ROUNDS, 'ASYNC_FLUSH'),
);

test(
  `${SYNC_ROUNDS} kills under load with SYNC_FLUSH lose, change, double and move nothing`,
  { timeout: TEST_LIMIT_MS, retry: 0 },
  () => killLoop(SYNC_ROUNDS, 'SYNC_FLUSH'),
);

test('a loss, a move and a change would be noticed', async () => {
  server = await TestServer.start({ settings: COMMON });
  const client = await RawClient.open(server.brokerPort);
  const ledger = new Ledger();
  ledger.watch({ topic: 'kill-a', queueId: 0 });
  await acknowledgeOne(client, ledger, 'one');
  await acknowledgeOne(client, ledger, 'two');
  expect((await ledger.check(client)).problems).toEqual([]);
  const stored = { topic: 'kill-a', queueId: 0, key: 'three', body: checkedBody('three', 100) };
  await client.call(sendRequest({ ...stored, body: Buffer.from('something else') }));
  ledger.acknowledge({ ...stored, key: 'four' }, 3);
  await client.call(sendRequest({ ...stored, key: 'one', body: checkedBody('one', 100) }));
  ledger.acknowledge({ ...stored, key: 'five' }, 9);
  expect((await ledger.check(client)).problems).toEqual([
    'kill-a/0@2: the body or the key is damaged',
    'kill-a/0@3: acknowledged for four, holds one',
    'kill-a/0@9: five is lost, the queue ends at 4',
  ]);
  client.destroy();
});
