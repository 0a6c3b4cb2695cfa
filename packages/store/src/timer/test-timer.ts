/** A store with its timer on a simulated machine, for the tests of this directory: not part of the API. */
import {
  createConfig,
  decodeMessages,
  encodeProperties,
  type Files,
  type Logger,
  type MessageExt,
  nodeEnvironment,
  silentLogger,
  TIMER_TOPIC,
} from '@rocketmq-ts/common';
import { MemoryFiles, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import type { PutMessage, PutMessageStatus, PutWaiter } from '../api.js';
import { type MessageStoreConfig, messageStoreConfigDeclaration } from '../config.js';
import type { MessageStore } from '../message-store.js';
import { openTestStore, type PutAnswer, putAndWait, SMALL_FILES, testMessage } from '../test-store.js';
import { TimerMessageStore } from './timer-message-store.js';

export const START_MS = 1_800_000_000_000;
const JUMP_END_MS = 2000;
/** 40 records a file and some bytes over. */
const TIMER_LOG_FILE_BYTES = 2120;

export interface TimerBenchOptions {
  readonly files?: Files;
  readonly clock?: VirtualClock;
  readonly config?: Partial<MessageStoreConfig>;
  readonly logger?: Logger;
  readonly root?: string;
}

/** What a message is given besides its time and body. */
export interface GivenProperties {
  readonly topic?: string;
  readonly deletes?: string;
  readonly uniqKey?: string;
}

export class TimerBench {
  /** Topics of what was delivered. */
  readonly delivered: string[] = [];
  /** What the store answers instead of taking a message of the timer; undefined takes it. */
  refuse: (message: PutMessage) => PutMessageStatus | undefined = () => undefined;
  #serial = 0;

  private constructor(
    readonly clock: VirtualClock,
    readonly files: Files,
    readonly store: MessageStore,
    config: MessageStoreConfig,
    logger: Logger,
  ) {
    this.timer = new TimerMessageStore({
      config,
      clock,
      files,
      logger,
      random: new SeededRandom(1),
      store: this.#refusingStore(),
      delivered: (topic) => this.delivered.push(topic),
    });
    store.setArrivingListener({ arriving: (topic) => (topic === TIMER_TOPIC ? this.timer.wake() : undefined) });
  }

  readonly timer: TimerMessageStore;

  static async start(options: TimerBenchOptions = {}): Promise<TimerBench> {
    const clock = options.clock ?? new VirtualClock({ startMs: START_MS });
    const files = options.files ?? new MemoryFiles();
    const given = {
      mappedFileSizeTimerLog: TIMER_LOG_FILE_BYTES,
      timerMaxDelaySec: 30 * 86_400,
      ...options.config,
      storePathRootDir: options.root ?? '/store',
    };
    const config = createConfig(messageStoreConfigDeclaration, nodeEnvironment(), { ...SMALL_FILES, ...given });
    const logger = options.logger ?? silentLogger;
    const store = await openTestStore(config.storePathRootDir, { files, clock, config: given, logger });
    const bench = new TimerBench(clock, files, store, config, logger);
    await bench.timer.load();
    bench.timer.start();
    await clock.settle();
    return bench;
  }

  async stop(): Promise<void> {
    await Promise.all([this.timer.stop(), this.clock.settle()]);
    await this.store.close();
  }

  /** Stores a message that is due at a moment. */
  async send(atMs: number, body: string, given: GivenProperties = {}): Promise<void> {
    const put = this.put(atMs, body, given);
    await this.clock.settle();
    const { status } = await put;
    if (status !== 'PUT_OK') throw new Error(`the store answers ${status}`);
  }

  /** Puts a message that is due at a moment, as the broker's hook makes it. */
  put(atMs: number, body: string, given: GivenProperties = {}): Promise<PutAnswer> {
    const uniqKey = given.uniqKey ?? given.deletes ?? `key-${this.#serial++}-${body}`;
    const properties: [string, string][] = [
      ['UNIQ_KEY', uniqKey],
      ['TIMER_OUT_MS', String(outMs(atMs))],
      ['REAL_TOPIC', given.topic ?? 'T'],
      ['REAL_QID', '0'],
    ];
    if (given.deletes !== undefined) properties.push(['TIMER_DEL_UNIQKEY', given.deletes]);
    const message = testMessage({
      topic: TIMER_TOPIC,
      uniqKey,
      body: Buffer.from(body),
      properties: encodeProperties(properties),
    });
    return putAndWait(this.store, message);
  }

  /** Moves time on without running what a store does in all that time, but for the last two seconds. */
  async jump(ms: number): Promise<void> {
    this.clock.stepWallClock(ms - JUMP_END_MS);
    await this.clock.advance(JUMP_END_MS);
  }

  /** What has arrived in the real queue. */
  async messages(topic = 'T', queueId = 0): Promise<MessageExt[]> {
    const messages: MessageExt[] = [];
    for (let offset = this.store.minOffsetInQueue(topic, queueId); ; ) {
      const found = await this.store.get({ topic, queueId, offset, maxMessages: 32 });
      messages.push(...decodeMessages(Buffer.concat(found.bodyChunks)).messages);
      if (found.nextBeginOffset <= offset) return messages;
      offset = found.nextBeginOffset;
    }
  }

  async bodies(topic = 'T'): Promise<string[]> {
    return (await this.messages(topic)).map(({ body }) => body.toString());
  }

  #refusingStore(): MessageStore {
    return new Proxy(this.store, {
      get: (store, name: keyof MessageStore) => {
        if (name === 'put') return (message: PutMessage, waiter: PutWaiter) => this.#putUnlessRefused(message, waiter);
        const value = store[name];
        return typeof value === 'function' ? value.bind(store) : value;
      },
    });
  }

  #putUnlessRefused(message: PutMessage, waiter: PutWaiter): void {
    const status = this.refuse(message);
    if (status === undefined) this.store.put(message, waiter);
    else waiter.putDone(status, undefined);
  }
}

/** The slot of a moment, as the broker chooses it. */
export function outMs(atMs: number): number {
  return Math.ceil(atMs / 1000) * 1000 - 1000;
}
