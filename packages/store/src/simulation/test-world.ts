/**
 * One simulated life of a store: random work on a random configuration, faults
 * of the disk, ends of all kinds, and a judgement after each of them.
 */
import { createConfig, type Logger, makeDirectoryDurable, nodeEnvironment } from '@rocketmq-ts/common';
import { FaultyFiles, type SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import type { PutWaiter } from '../api.js';
import { type MessageStoreConfig, messageStoreConfigDeclaration } from '../config.js';
import type { MessageStore } from '../message-store.js';
import { repairStore } from '../offline/repair.js';
import type { StoreReport } from '../offline/report.js';
import { type VerifyOptions, verifyStore } from '../offline/verify.js';
import { batchBody, openTestStore, putAndWait, recordsOf, testMessage } from '../test-store.js';
import { TestStrokeWriter } from '../test-stroke-writer.js';
import { CrowdedFiles } from './test-crowded-files.js';
import { type End, Ledger, type Sent } from './test-ledger.js';
import { ProcessClock } from './test-process-clock.js';
import { SpecialWork } from './test-special-work.js';

const ROOT = '/store';
const TOPICS = ['TopicA', 'TopicB', '%RETRY%group'];
const HOUR_MS = 3_600_000;
const BODY_SIZES = [0, 10, 100, 600, 3000, 7000];
const BATCHED_SIZES = [0, 10, 100, 600];
/** Old files are deleted, then young ones, then messages are refused. */
const USED_PERCENT = [78, 87, 92];

/** Lets the turn end in which messages were put, and what it starts come to rest. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What there is besides; without its randomness there is none of it. */
export interface Extras {
  /** Special topics. */
  readonly special?: SeededRandom | undefined;
  /** Others who fill the disk. */
  readonly crowd?: SeededRandom | undefined;
  /** Another thread that writes to queues. */
  readonly strokes?: SeededRandom | undefined;
}

export class World {
  readonly #random: SeededRandom;
  readonly #clock = new VirtualClock();
  readonly #memory = new CrowdedFiles({ clock: this.#clock });
  readonly #ledger = new Ledger();
  readonly #config: Partial<MessageStoreConfig>;
  readonly #queueCount: number;
  readonly #special: SpecialWork | undefined;
  readonly #strokes: SeededRandom | undefined;
  readonly #specialRandom: SeededRandom | undefined;
  readonly #crowdRandom: SeededRandom | undefined;
  #files = new FaultyFiles(this.#memory);
  #process = new ProcessClock(this.#clock);
  #store: MessageStore | undefined;
  #names = 0;
  /** A fault is set, or was in this run: refusals, and promises that take longer, are no surprise. */
  #faulty = false;
  /** Old files may be deleted in this run. */
  #deletes = false;
  #topicsDeleted = false;
  /** The index may lack keys: a write of it may have failed. */
  #indexSure = true;
  /** Everything before this is durable, whatever happens. */
  #flushedOffset = 0;
  /** What has happened, newest last. */
  readonly history: string[] = [];

  constructor(random: SeededRandom, { special, crowd, strokes }: Extras = {}) {
    this.#random = random;
    this.#strokes = strokes;
    this.#queueCount = 1 + random.nextInt(4);
    this.#specialRandom = special;
    this.#special = special === undefined ? undefined : new SpecialWork(special);
    this.#crowdRandom = crowd;
    const cleanFileForciblyEnable = crowd?.chance(0.7) ?? false;
    this.#config = { ...randomConfig(random), ...this.#special?.config, cleanFileForciblyEnable };
    this.#note(JSON.stringify(this.#config));
    if (crowd !== undefined) this.#writeTopics();
  }

  /** The broker's list of topics: the tools know from it what their queues are like. */
  #writeTopics(): void {
    const topics = [...TOPICS, ...(this.#special?.topics ?? [])].map((topic) => {
      const attributes = [...(this.#special?.attributesOf(topic) ?? [])].map(([name, value]) => [`+${name}`, value]);
      return [topic, { topicName: topic, attributes: Object.fromEntries(attributes) }];
    });
    const text = Buffer.from(JSON.stringify({ topicConfigTable: Object.fromEntries(topics) }));
    makeDirectoryDurable(this.#memory, `${ROOT}/config`);
    const handle = this.#memory.openSync(`${ROOT}/config/topics.json`, 'create');
    handle.writeSync(text, 0, text.length, 0);
    handle.datasyncSync();
    handle.closeSync();
    this.#memory.syncDirectorySync(`${ROOT}/config`);
  }

  get #isSync(): boolean {
    return this.#config.flushDiskType === 'SYNC_FLUSH';
  }

  /** Lives through some runs, each of which ends in its own way; answers how many messages there are in the end. */
  async live(): Promise<number> {
    const runs = 1 + this.#random.nextInt(4);
    for (let run = 0; run < runs; run++) {
      const end = await this.#run();
      this.#store = undefined;
      await this.#openAndJudge(end);
      await this.#mustTakeMessages();
      if (run === runs - 1 || this.#random.chance(0.5)) await this.#closeAndReopen();
      else this.#endProcess();
    }
    return this.#ledger.keptCount;
  }

  /** One run of the process under faults, up to its end. */
  async #run(): Promise<End> {
    const random = this.#random;
    this.#files = new FaultyFiles(this.#memory);
    if (random.chance(0.85)) this.#files.crashAt(1 + random.nextInt(random.pick([20, 100, 400])), random);
    this.#faulty = false;
    this.#deletes = false;
    try {
      this.#store = await this.#open(this.#files);
      const steps = 5 + random.nextInt(60);
      for (let i = 0; i < steps && !this.#files.crashed; i++) {
        if (this.#specialRandom?.chance(0.4)) await this.#specialTurn(this.#store);
        if (this.#crowdRandom?.chance(0.05)) await this.#crowd(this.#store, this.#crowdRandom);
        await this.#step(this.#store);
      }
    } catch (error) {
      if (!this.#files.crashed) throw error;
    }
    return this.#end();
  }

  async #step(store: MessageStore): Promise<void> {
    const random = this.#random;
    const kind = random.nextInt(100);
    if (kind < 55) await this.#putTurn(store);
    else if (kind < 68) await this.#advance(store, random.pick([5, 100, 600, 1500]));
    else if (kind < 71) await this.#advance(store, 61_000 + random.nextInt(20_000));
    else if (kind < 84) await this.#look(store);
    else if (kind < 86) await this.#deleteFiles(store);
    else if (kind < 87) this.#deleteTopic(store);
    else if (kind < 94) this.#setFault();
    else if (kind < 98) await this.#heal(store);
    else await this.#advanceUntil(store.flush());
  }

  async #putTurn(store: MessageStore): Promise<void> {
    const count = 1 + this.#random.nextInt(10);
    for (let i = 0; i < count; i++) this.#put(store);
    await turn();
    await turn();
  }

  async #specialTurn(store: MessageStore): Promise<void> {
    this.#special?.step(store);
    await turn();
    await turn();
  }

  #put(store: MessageStore): void {
    const random = this.#random;
    const topic = random.pick(TOPICS);
    const queueId = random.nextInt(this.#queueCount);
    const waited = random.chance(0.9);
    const isBatch = random.chance(0.1);
    const indexKey = random.chance(0.5) ? `k${this.#names}` : undefined;
    const properties = indexKey === undefined ? '' : `KEYS\u0001${indexKey}\u0002`;
    const messages = Array.from({ length: isBatch ? 2 + random.nextInt(4) : 1 }, () => {
      const sent: Sent = { topic, queueId, body: this.#body(isBatch ? BATCHED_SIZES : BODY_SIZES), indexKey };
      this.#ledger.handOver(sent);
      return sent;
    });
    // The properties do not have it: an index that is made anew from them lacks it.
    const tags = this.#special === undefined ? 'T' : undefined;
    const waiter = this.#waiterOf(messages, waited);
    const common = { topic, queueId, waitStoreMsgOk: waited };
    if (isBatch) {
      const body = batchBody(
        messages.map(({ body }) => body),
        properties,
      );
      store.putBatch(testMessage({ ...common, body }), waiter);
    } else {
      store.put(
        testMessage({ ...common, body: Buffer.from(messages[0]!.body), keys: indexKey, tags, properties }),
        waiter,
      );
    }
  }

  #waiterOf(messages: readonly Sent[], waited: boolean): PutWaiter {
    const files = this.#files;
    const process = this.#process;
    return {
      putDone: (status, result) => {
        // An answer of a dead process reaches nobody.
        if (files.crashed || process.isDead) return;
        if (result === undefined && !this.#faulty) throw new Error(`a put was refused without a fault: ${status}`);
        this.#ledger.answered(messages, status, result, {
          waited: waited && this.#isSync,
          atMs: this.#clock.monotonicMs(),
        });
      },
    };
  }

  #body(sizes = BODY_SIZES): string {
    const random = this.#random;
    const filler = random.pick(['z', '\0', 'ab']);
    return `m${this.#names++}|${filler.repeat(random.pick(sizes))}`;
  }

  async #advance(store: MessageStore, ms: number): Promise<void> {
    await this.#clock.advance(ms);
    await turn();
    if (this.#faulty || this.#files.crashed) return;
    const late = this.#ledger.oldestFrom(store.flushedPhysicalOffset);
    const limit = this.#clock.monotonicMs() - 2 * this.#config.flushIntervalCommitLog!;
    if (late !== undefined && late.atMs > 0 && late.atMs < limit) {
      throw new Error(`acknowledged at ${late.atMs} ms, not flushed at ${this.#clock.monotonicMs()} ms`);
    }
  }

  /** Lets others use a part of the disk, long enough for files to be deleted. */
  async #crowd(store: MessageStore, random: SeededRandom): Promise<void> {
    this.#memory.usedPercent = random.pick(USED_PERCENT);
    this.#note(`${this.#memory.usedPercent} % of the disk are used`);
    this.#faulty = true;
    this.#deletes = true;
    await this.#advance(store, 70_000);
    this.#special?.filesDeleted(store.minPhysicalOffset);
    this.#note(`files deleted up to ${store.minPhysicalOffset}`);
  }

  /** Reads somewhere, as consumers do. */
  async #look(store: MessageStore): Promise<void> {
    const random = this.#random;
    const topic = random.pick(TOPICS);
    const queueId = random.nextInt(this.#queueCount);
    const place = random.nextDouble();
    try {
      const offset = Math.floor(place * (store.maxOffsetInQueue(topic, queueId) + 2));
      const result = await store.get({ topic, queueId, offset, maxMessages: 1 + random.nextInt(40) });
      for (const message of recordsOf(result)) this.#ledger.mustBeKnown(topic, queueId, message);
      for (const [i, queueOffset] of result.queueOffsets.entries()) {
        if (queueOffset !== offset + i && !this.#faulty)
          throw new Error(`${topic}/${queueId}: ${offset + i} is skipped`);
      }
    } catch (error) {
      if (!this.#faulty || (error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  /** Asks for it: files go in this run and in those of the next minutes. */
  async #deleteFiles(store: MessageStore): Promise<void> {
    if (this.#special?.isTimed) await this.#advance(store, 200);
    this.#special?.clockLeaps();
    this.#clock.stepWallClock(2 * HOUR_MS);
    this.#deletes = true;
    store.deleteExpiredFiles();
    await this.#advance(store, 1000);
    this.#special?.filesDeleted(store.minPhysicalOffset);
    this.#note(`files deleted up to ${store.minPhysicalOffset}`);
  }

  #filesDeleted(minPhysicalOffset: number): void {
    this.#ledger.filesDeleted(minPhysicalOffset);
    this.#special?.filesDeleted(minPhysicalOffset);
  }

  #deleteTopic(store: MessageStore): void {
    const topic = this.#random.pick(TOPICS);
    this.#note(`topic ${topic} deleted`);
    this.#ledger.topicDeleted(topic);
    this.#topicsDeleted = true;
    this.#tolerate(() => store.deleteTopics([topic]));
  }

  /** Calls what may meet a fault that was set. */
  #tolerate(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!this.#faulty || (error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  #setFault(): void {
    const random = this.#random;
    this.#faulty = true;
    const kind = random.nextInt(8);
    if (kind < 3) {
      const bytes = random.nextInt(random.pick([500, 20_000, 100_000]));
      this.#note(`no space after ${bytes} bytes`);
      this.#indexSure = false;
      this.#files.limitBytes(bytes);
    } else if (kind < 5) {
      const delayMs = random.pick([20, 700, 3000, 9000]);
      this.#note(`flushes take ${delayMs} ms`);
      this.#files.slowDatasync(this.#clock, delayMs);
    } else {
      const operation = random.pick([
        'open',
        'read',
        'write',
        'datasync',
        'truncate',
        'rename',
        'unlink',
        'mkdir',
      ] as const);
      const fault = {
        operation,
        code: random.pick(['EIO', 'ENOSPC', 'EMFILE']),
        nth: 1 + random.nextInt(5),
        times: 1 + random.nextInt(3),
      };
      this.#note(`fault ${JSON.stringify(fault)}`);
      this.#indexSure = false;
      this.#files.fail({ ...fault, tornBy: random.fork() });
    }
  }

  async #heal(store: MessageStore): Promise<void> {
    if (!this.#faulty) return;
    this.#note('healed');
    this.#files.heal();
    this.#memory.usedPercent = undefined;
    await this.#clock.advance(10_000);
    await turn();
    if (!store.flags.writable && !store.flags.failed && !this.#files.crashed) {
      throw new Error(`the disk is well again, the store is not writable: ${store.flags.reason}`);
    }
  }

  /** Ends the process or the power, or neither but the run. */
  async #end(): Promise<End> {
    const store = this.#store;
    if (store !== undefined && this.#deletes) this.#filesDeleted(store.minPhysicalOffset);
    if (store !== undefined) this.#flushedOffset = Math.max(this.#flushedOffset, store.flushedPhysicalOffset);
    if (!this.#files.crashed && store !== undefined && this.#random.chance(0.5)) {
      this.#note('stopped');
      this.#files.heal();
      await this.#close(store);
      if (this.#deletes) this.#filesDeleted(store.minPhysicalOffset);
      this.#flushedOffset = Math.max(this.#flushedOffset, store.flushedPhysicalOffset);
    }
    if (this.#random.chance(0.5)) return this.#endPower();
    this.#endProcess();
    return { kind: 'process' };
  }

  async #close(store: MessageStore): Promise<void> {
    try {
      if (this.#special !== undefined) await this.#advanceUntil(this.#special.stop());
      await this.#advanceUntil(store.close());
    } catch (error) {
      if (!this.#files.crashed) throw error;
    }
  }

  #endProcess(): void {
    this.#note('process killed');
    this.#process.kill();
    this.#memory.crashProcess();
  }

  #endPower(): End {
    const seed = this.#random.nextInt(2 ** 31);
    this.#note(`power lost, ${this.#flushedOffset} is safe`);
    this.#process.kill();
    this.#memory.crash(seed);
    return { kind: 'power', flushedOffset: this.#flushedOffset };
  }

  async #openAndJudge(end: End): Promise<void> {
    this.#faulty = false;
    this.#memory.usedPercent = undefined;
    // A start may die as well, or meet a disk that refuses, as often as it likes.
    for (let tries = this.#random.nextInt(3); tries > 0; tries--) await this.#tryOpen();
    if (this.#crowdRandom?.chance(0.3)) await this.#repair();
    this.#files = new FaultyFiles(this.#memory);
    this.#store = await this.#open(this.#files);
    await this.#judge(this.#store, end);
    this.#flushedOffset = Math.min(this.#store.flushedPhysicalOffset, this.#store.maxPhysicalOffset);
    await this.#mustBeIndexed(this.#store);
  }

  async #tryOpen(): Promise<void> {
    const random = this.#random;
    const files = new FaultyFiles(this.#memory);
    const isCrash = random.chance(0.7);
    if (isCrash) files.crashAt(1 + random.nextInt(60), random);
    else {
      const operation = random.pick([
        'open',
        'read',
        'write',
        'datasync',
        'truncate',
        'rename',
        'mkdir',
        'sync',
      ] as const);
      files.fail({ operation, code: random.pick(['EIO', 'ENOSPC']), nth: 1 + random.nextInt(20), times: 2 });
    }
    try {
      this.#note('start that may fail');
      await this.#open(files);
    } catch (error) {
      if (!files.crashed && (error as NodeJS.ErrnoException).code === undefined) throw error;
      this.#note(`start failed: ${(error as Error).message}`);
    }
    this.#indexSure &&= isCrash;
    this.#memory.crashProcess();
  }

  async #mustBeIndexed(store: MessageStore): Promise<void> {
    if (!this.#indexSure) return;
    const kept = this.#ledger.somethingKept((count) => this.#random.nextInt(count));
    if (kept === undefined) return;
    const request = { topic: kept.topic, key: kept.indexKey!, maxCount: 32, beginTimestamp: 0 };
    const { records } = await store.query({ ...request, endTimestamp: Number.MAX_SAFE_INTEGER });
    if (!records.some((record) => Number(Buffer.from(record).readBigInt64BE(28)) === kept.physicalOffset)) {
      throw new Error(`the index does not find ${kept.indexKey} of ${kept.topic} at ${kept.physicalOffset}`);
    }
  }

  async #mustTakeMessages(): Promise<void> {
    const store = this.#store!;
    for (const topic of TOPICS) {
      const sent: Sent = { topic, queueId: 0, body: this.#body(), indexKey: undefined };
      this.#ledger.handOver(sent);
      const expected = store.maxOffsetInQueue(topic, 0);
      const answer = await this.#advanceUntil(
        putAndWait(store, testMessage({ topic, queueId: 0, body: Buffer.from(sent.body) })),
      );
      if (answer.status !== 'PUT_OK' || answer.result?.queueOffset !== expected) {
        throw new Error(
          `${topic}/0@${expected}: a put after the start is answered ${answer.status} ${answer.result?.queueOffset}`,
        );
      }
      const how = { waited: this.#isSync, atMs: this.#clock.monotonicMs() };
      this.#ledger.answered([sent], answer.status, answer.result, how);
    }
    this.#flushedOffset = Math.max(this.#flushedOffset, store.flushedPhysicalOffset);
  }

  async #closeAndReopen(): Promise<void> {
    await this.#close(this.#store!);
    this.#note('stopped cleanly');
    this.#memory.crashProcess();
    if (this.#special !== undefined) await this.#mustFitTogether();
    this.#store = await this.#open(new FaultyFiles(this.#memory));
    await this.#judge(this.#store, { kind: 'process' });
    this.#flushedOffset = this.#store.flushedPhysicalOffset;
    await this.#mustDeliver();
    this.#endProcess();
  }

  /** Moves time on until the promise is settled. */
  async #advanceUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    done.catch(() => {});
    for (let i = 0; !settled; i++) {
      if (i > 20_000) throw new Error('something waits without end');
      await turn();
      if (!settled && i > 5) await this.#clock.advance(100);
    }
    return done;
  }

  async #judge(store: MessageStore, end: End): Promise<void> {
    await this.#ledger.judge(store, end, (topic) => this.#special?.owns(topic) ?? false);
    await this.#special?.judge(store, end);
  }

  /** All of the files say the same, for those who look at them from outside. */
  async #mustFitTogether(): Promise<void> {
    this.#mustBeWell(await verifyStore(this.#verifyOptions));
  }

  /** Repairs the store before it is opened: whatever the end has left of it, nothing more is lost by that. */
  async #repair(): Promise<void> {
    const logs = (this.#config.storePathCommitLog ?? `${ROOT}/commitlog`).split(',');
    // A store that ended before it was whole is refused.
    if ([...logs, `${ROOT}/consumequeue`].some((path) => this.#memory.statSync(path) === undefined)) return;
    const process = new ProcessClock(this.#clock);
    const options = { ...this.#verifyOptions, clock: process, logger: this.#logger, config: this.#config };
    const { steps, after } = await this.#advanceUntil(repairStore(options, false));
    process.kill();
    this.#note(`repaired: ${steps.map(({ action, path, why }) => `${action} ${path} (${why})`).join(', ')}`);
    this.#memory.crashProcess();
    if (after !== undefined) this.#mustBeWell(after);
  }

  get #verifyOptions(): VerifyOptions {
    const { storePathCommitLog } = this.#config;
    const { maxHashSlotNum: slotCount = 0, maxIndexNum: entryCount = 0 } = this.#config;
    return {
      files: this.#memory,
      root: ROOT,
      thorough: true,
      indexGeometry: { slotCount, entryCount },
      sizes: { mappedFileSizeCommitLog: this.#config.mappedFileSizeCommitLog },
      ...(storePathCommitLog === undefined ? {} : { logPlaces: { storePathCommitLog } }),
    };
  }

  #mustBeWell(report: StoreReport): void {
    // There is no configuration that would tell which topics were deleted.
    const isDeleted = (what: string) => this.#topicsDeleted && what.endsWith('and no queue');
    const isMade = (area: string) =>
      (this.#indexSure || area !== 'index') && (this.#special!.isTimerWhole || area !== 'timer');
    const problems = report.problems.filter(({ area, what }) => isMade(area) && !isDeleted(what));
    if (problems.length > 0)
      throw new Error(`verify says: ${problems.map(({ path, what }) => `${path}: ${what}`).join('; ')}`);
  }

  /** Lets all the time pass that messages wait for. */
  async #mustDeliver(): Promise<void> {
    if (this.#special?.isTimed !== true) return;
    for (let i = 0; i < 50; i++) {
      await this.#clock.advance(10_000);
      await turn();
    }
    await this.#special.judgeDue(this.#store!);
  }

  async #open(files: FaultyFiles): Promise<MessageStore> {
    const store = await this.#openStore(files);
    const process = this.#process;
    await this.#special?.begin(
      store,
      createConfig(messageStoreConfigDeclaration, nodeEnvironment(), { ...this.#config, storePathRootDir: ROOT }),
      {
        clock: process,
        files,
        logger: this.#logger,
        isSync: this.#isSync,
        isDead: () => files.crashed || process.isDead,
        isFaulty: () => this.#faulty,
      },
    );
    return store;
  }

  get #logger(): Logger {
    const note = (text: string, fields?: object) => this.#note(`  ${text} ${JSON.stringify(fields ?? {})}`);
    const logger: Logger = { debug: () => {}, info: note, warn: note, error: note, child: () => logger };
    return logger;
  }

  #openStore(files: FaultyFiles): Promise<MessageStore> {
    this.#process.kill();
    this.#process = new ProcessClock(this.#clock);
    const strokes = this.#strokes;
    const strokeDelayMs = () => strokes?.pick([0, 0, 1, 40, 1000, undefined]);
    return openTestStore(ROOT, {
      files,
      ...(strokes && { strokeWriter: new TestStrokeWriter(this.#process, files, strokeDelayMs) }),
      logger: this.#logger,
      clock: this.#process,
      config: this.#config,
      tailCacheBytes: 64 * 1024,
      ...(this.#special === undefined ? {} : { attributesOf: (topic: string) => this.#special?.attributesOf(topic) }),
    });
  }

  #note(what: string): void {
    this.history.push(`${this.#clock.monotonicMs()} ms: ${what}`);
  }
}

function randomConfig(random: SeededRandom): Partial<MessageStoreConfig> {
  return {
    flushDiskType: random.pick(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const),
    mappedFileSizeCommitLog: random.pick([16_384, 65_536, 262_144]),
    mappedFileSizeConsumeQueue: random.pick([200, 2000]),
    maxHashSlotNum: random.pick([10, 100]),
    maxIndexNum: random.pick([30, 400]),
    maxMessageSize: 16_000,
    flushIntervalCommitLog: 500,
    fileReservedTime: 1,
    deleteWhen: '',
    enabledAppendPropCRC: random.chance(0.3),
  };
}
