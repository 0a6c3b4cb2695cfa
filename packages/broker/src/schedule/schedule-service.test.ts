import { createConfig, decodeMessages, type MessageExt, silentLogger, Turn } from '@rocketmq-ts/common';
import {
  MessageStore,
  type MessageStoreConfig,
  messageStoreConfigDeclaration,
  type PutMessage,
  type PutMessageStatus,
  type PutWaiter,
  type Store,
} from '@rocketmq-ts/store';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { TEST_ENVIRONMENT } from '../test-broker.js';
import { DelayLevels } from './delay-levels.js';
import { DelayOffsets } from './delay-offsets.js';
import { ScheduleService } from './schedule-service.js';

const TOPIC = 'T';
const QUEUE = 2;

/** A store with its schedule service, on a disk that outlives both. */
class Bench {
  readonly delivered: string[] = [];
  /** What the store answers to deliveries instead of taking them; undefined takes them. */
  refuse: (message: PutMessage) => PutMessageStatus | undefined = () => undefined;

  private constructor(
    readonly clock: VirtualClock,
    readonly files: MemoryFiles,
    readonly store: MessageStore,
    readonly levels: DelayLevels,
    readonly offsets: DelayOffsets,
    config: MessageStoreConfig,
  ) {
    this.service = new ScheduleService({
      config,
      clock,
      logger: silentLogger,
      store: this.#refusingStore(),
      levels,
      offsets,
      stats: { onDelivered: (topic) => this.delivered.push(topic) },
    });
  }

  readonly service: ScheduleService;

  static async start(
    given: { files?: MemoryFiles; startMs?: number; config?: Partial<MessageStoreConfig> } = {},
  ): Promise<Bench> {
    const clock = new VirtualClock(given.startMs === undefined ? {} : { startMs: given.startMs });
    const files = given.files ?? new MemoryFiles();
    const config = createConfig(messageStoreConfigDeclaration, TEST_ENVIRONMENT, {
      storePathRootDir: '/store',
      mappedFileSizeCommitLog: 1024 * 1024,
      mappedFileSizeConsumeQueue: 20_000,
      ...given.config,
    });
    const store = await MessageStore.open({
      config,
      storeHost: Uint8Array.of(127, 0, 0, 1, 0, 0, 0x2a, 0x9f),
      clock,
      files,
      turn: new Turn(clock),
      logger: silentLogger,
      physicalMemoryBytes: 1024 ** 3,
    });
    const offsets = new DelayOffsets({
      config: { delayOffsetUpdateVersionStep: 200 },
      store,
      path: '/store/config/delayOffset.json',
      files,
      logger: silentLogger,
      clock,
    });
    offsets.load();
    const bench = new Bench(clock, files, store, new DelayLevels(config.messageDelayLevel), offsets, config);
    bench.service.start();
    return bench;
  }

  /** Another run on the same disk, `laterMs` after this one's end. */
  next({ laterMs = 0, config = {} }: { laterMs?: number; config?: Partial<MessageStoreConfig> } = {}): Promise<Bench> {
    return Bench.start({ files: this.files, startMs: this.clock.now() + laterMs, config });
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.store.close();
  }

  /** Takes a message that is to be delivered after a level's delay. */
  async send(level: number, body = `level ${level}`, given: Partial<PutMessage> = {}): Promise<void> {
    const message: PutMessage = {
      topic: TOPIC,
      queueId: QUEUE,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: this.clock.now(),
      bornHost: Uint8Array.of(10, 0, 0, 1, 0, 0, 0x10, 1),
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from(body),
      properties: `TAGS\u0001TagA\u0002DELAY\u0001${level}\u0002`,
      tagsCode: 0,
      waitStoreMsgOk: true,
      ...given,
    };
    if (given.topic === undefined) this.levels.postpone(message, level);
    await new Promise<void>((resolve, reject) => {
      const putDone: PutWaiter['putDone'] = (status) => (status === 'PUT_OK' ? resolve() : reject(new Error(status)));
      this.store.put(message, { putDone });
    });
  }

  /** What has arrived in the real queue. */
  async messages(): Promise<MessageExt[]> {
    const messages: MessageExt[] = [];
    for (let offset = 0; ; ) {
      const found = await this.store.get({ topic: TOPIC, queueId: QUEUE, offset, maxMessages: 32 });
      messages.push(...decodeMessages(Buffer.concat(found.bodyChunks)).messages);
      if (found.nextBeginOffset <= offset) return messages;
      offset = found.nextBeginOffset;
    }
  }

  async bodies(): Promise<string[]> {
    return (await this.messages()).map(({ body }) => body.toString());
  }

  #refusingStore(): Store {
    return new Proxy<Store>(this.store, {
      get: (store, name: keyof Store) => {
        if (name === 'put') return (message: PutMessage, waiter: PutWaiter) => this.#put(message, waiter);
        const value = store[name];
        return typeof value === 'function' ? value.bind(store) : value;
      },
    });
  }

  #put(message: PutMessage, waiter: PutWaiter): void {
    const status = this.refuse(message);
    if (status === undefined) this.store.put(message, waiter);
    else waiter.putDone(status, undefined);
  }
}

function names(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `m${from + i}`);
}

describe('delayed messages', () => {
  test('of every level arrive when they are due, and not a millisecond earlier', async () => {
    const bench = await Bench.start();
    const startMs = bench.clock.now();
    for (let level = 1; level <= bench.levels.max; level++) await bench.send(level);
    for (let level = 1; level <= bench.levels.max; level++) {
      const dueMs = startMs + bench.levels.delayMs(level)!;
      await bench.clock.advance(dueMs - 1 - bench.clock.now());
      expect(await bench.bodies()).toHaveLength(level - 1);
      await bench.clock.advance(1);
      const arrived = await bench.messages();
      expect(arrived.at(-1)?.body.toString()).toBe(`level ${level}`);
      expect(arrived.at(-1)?.storeTimestamp).toBe(dueMs);
    }
    await bench.stop();
  }, 30_000);

  test('are what was sent, with all properties, the tags among them', async () => {
    const bench = await Bench.start();
    await bench.send(1, 'body', { reconsumeTimes: 3, flag: 9 });
    await bench.clock.advance(1000);
    const [message] = await bench.messages();
    expect(message).toMatchObject({ topic: TOPIC, queueId: QUEUE, flag: 9, reconsumeTimes: 3, queueOffset: 0 });
    expect(Object.fromEntries(message!.properties)).toEqual({
      TAGS: 'TagA',
      DELAY: '1',
      REAL_TOPIC: TOPIC,
      REAL_QID: String(QUEUE),
    });
    const [entry] = await bench.store.queueEntries(TOPIC, QUEUE, 0, 1);
    expect(entry?.tagsCode).toBe(2_598_919);
    expect(bench.delivered).toEqual([TOPIC]);
    await bench.stop();
  });

  test('arrive in their order, by thousands at once, and leave the event loop free in between', async () => {
    const bench = await Bench.start();
    const sent = names(3000);
    await Promise.all(sent.map((name) => bench.send(1, name)));
    let turns = 0;
    const countTurns = (): void => {
      turns++;
      if (bench.delivered.length < sent.length) setImmediate(countTurns);
    };
    countTurns();
    await bench.clock.advance(1000);
    expect(await bench.bodies()).toEqual(sent);
    expect(turns).toBeGreaterThan(3000 / 64);
    await bench.stop();
  });

  test('that waited in files while nobody delivered arrive after the next start', async () => {
    const bench = await Bench.start();
    const sent = names(2500);
    await Promise.all(sent.map((name) => bench.send(4, name)));
    await bench.stop();
    const again = await bench.next({ laterMs: 60_000 });
    await again.clock.advance(0);
    expect(await again.bodies()).toEqual(sent);
    await again.stop();
  });
});

describe('after a restart', () => {
  test('each message has been delivered once, those before it and those after it', async () => {
    let bench = await Bench.start();
    for (const name of names(20)) {
      await bench.send(2, name);
      await bench.clock.advance(1000);
    }
    expect(await bench.bodies()).toEqual(names(16));
    await bench.stop();
    bench = await bench.next();
    await bench.clock.advance(1000);
    expect(await bench.bodies()).toEqual(names(17));
    await bench.clock.advance(10_000);
    expect(await bench.bodies()).toEqual(names(20));
    await bench.stop();
  });

  test('that nothing prepared, nothing is lost, and only what was delivered since the last write comes twice', async () => {
    const first = await Bench.start();
    for (const name of names(30)) {
      await first.send(2, name);
      await first.clock.advance(1000);
    }
    const delivered = await first.bodies();
    expect(delivered.length).toBeGreaterThan(20);
    const written = Number(/2:(\d+)/.exec(first.files.readFileSync('/store/config/delayOffset.json').toString())?.[1]);
    expect(delivered.length - written).toBeLessThanOrEqual(10);
    first.files.crashProcess();
    const second = await first.next({ laterMs: 1 });
    await second.clock.advance(20_000);
    const all = await second.bodies();
    expect(all.slice(0, delivered.length)).toEqual(delivered);
    expect(all.slice(delivered.length)).toEqual(names(30 - written, written));
    await second.stop();
  });

  test('with a loss of power, no delivery is believed that did not reach the disk', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const first = await Bench.start({ config: { flushDiskType: 'SYNC_FLUSH' } });
      for (const name of names(15)) {
        await first.send(1, name);
        await first.clock.advance(1000);
      }
      await first.clock.advance(seed);
      first.files.crash(seed);
      const second = await first.next({ laterMs: 1 });
      await second.clock.advance(20_000);
      expect([...new Set(await second.bodies())].sort()).toEqual(names(15).sort());
      await second.stop();
    }
  });

  test('with other delays, waiting messages keep their time unless it is longer than the delay is now', async () => {
    const first = await Bench.start();
    await first.send(2, 'five seconds');
    await first.send(3, 'ten seconds');
    await first.send(5, 'a minute');
    await first.stop();
    const second = await first.next({ config: { messageDelayLevel: '1s 20s 3s' } });
    await second.clock.advance(0);
    expect(await second.bodies()).toEqual(['ten seconds']);
    await second.clock.advance(5000);
    expect(await second.bodies()).toEqual(['ten seconds', 'five seconds']);
    await second.clock.advance(54_999);
    expect(await second.bodies()).toHaveLength(2);
    await second.clock.advance(1);
    expect(await second.bodies()).toEqual(['ten seconds', 'five seconds', 'a minute']);
    await second.stop();
  });

  test('with a queue that ends before the offset, delivery goes on at its end', async () => {
    const first = await Bench.start();
    await first.send(1, 'delivered');
    await first.clock.advance(1000);
    first.offsets.set(1, 77);
    await first.stop();
    const second = await first.next();
    await second.clock.advance(0);
    expect(second.offsets.get(1)).toBe(1);
    await second.send(1, 'new');
    await second.clock.advance(1000);
    expect(await second.bodies()).toEqual(['delivered', 'new']);
    await second.stop();
  });
});

describe('the clock', () => {
  test('set back: what waits longer than its delay is delivered at once', async () => {
    const bench = await Bench.start();
    await bench.send(3, 'waiting');
    bench.clock.stepWallClock(-3_600_000);
    await bench.clock.advance(1000);
    expect(await bench.bodies()).toEqual(['waiting']);
    await bench.stop();
  });

  test('corrected by a little: nothing is delivered too early', async () => {
    const bench = await Bench.start();
    await bench.send(3, 'before');
    bench.clock.stepWallClock(-700);
    await bench.send(3, 'after');
    await bench.clock.advance(10_699);
    expect(await bench.bodies()).toEqual([]);
    await bench.clock.advance(1);
    expect(await bench.bodies()).toEqual(['before', 'after']);
    await bench.stop();
  });

  test('set forward: what is due now is delivered within a second', async () => {
    const bench = await Bench.start();
    await bench.send(17, 'waiting');
    await bench.clock.advance(5000);
    bench.clock.stepWallClock(3_600_000);
    await bench.clock.advance(1000);
    expect(await bench.bodies()).toEqual(['waiting']);
    await bench.stop();
  });
});

describe('a store that refuses', () => {
  test('is asked again, and nothing is lost, doubled or out of order', async () => {
    const bench = await Bench.start();
    const sent = names(200);
    await Promise.all(sent.map((name) => bench.send(1, name)));
    let asked = 0;
    bench.refuse = () => (++asked % 7 === 0 ? 'OS_PAGE_CACHE_BUSY' : undefined);
    await bench.clock.advance(60_000);
    expect(await bench.bodies()).toEqual(sent);
    expect(bench.offsets.get(1)).toBe(200);
    await bench.stop();
  });

  test('is asked less and less often, and the offset stands still', async () => {
    const bench = await Bench.start();
    await bench.send(1, 'waiting');
    let asked = 0;
    bench.refuse = () => {
      asked++;
      return 'SERVICE_NOT_AVAILABLE';
    };
    await bench.clock.advance(60_000);
    expect(asked).toBeLessThan(40);
    expect(bench.offsets.get(1)).toBe(0);
    bench.refuse = () => undefined;
    await bench.clock.advance(2000);
    expect(await bench.bodies()).toEqual(['waiting']);
    await bench.stop();
  });

  test('one message for good does not hold up those behind it', async () => {
    const bench = await Bench.start();
    for (const name of names(3)) await bench.send(1, name);
    bench.refuse = ({ body }) => (Buffer.from(body).toString() === 'm1' ? 'MESSAGE_ILLEGAL' : undefined);
    await bench.clock.advance(1000);
    expect(await bench.bodies()).toEqual(['m0', 'm2']);
    await bench.stop();
  });

  test('a message without its real topic is passed over', async () => {
    const bench = await Bench.start();
    await bench.send(1, 'lost', { topic: 'SCHEDULE_TOPIC_XXXX', queueId: 0 });
    await bench.send(1, 'next');
    await bench.clock.advance(1000);
    expect(await bench.bodies()).toEqual(['next']);
    await bench.stop();
  });
});

describe('the service', () => {
  test('of a slave delivers nothing', async () => {
    const bench = await Bench.start({ config: { brokerRole: 'SLAVE' } });
    await bench.send(1);
    await bench.clock.advance(10_000);
    expect(await bench.bodies()).toEqual([]);
    await bench.stop();
  });

  test('tells how far each level is', async () => {
    const bench = await Bench.start();
    await bench.send(1, 'delivered');
    await bench.clock.advance(1000);
    await bench.send(2, 'waiting');
    await bench.send(18, 'waiting');
    await bench.clock.advance(1000);
    expect(Object.fromEntries(bench.service.runtimeInfo())).toEqual({
      scheduleMessageOffset_1: '1,1',
      scheduleMessageOffset_2: '0,1',
      scheduleMessageOffset_18: '0,1',
    });
    await bench.stop();
  });

  test('leaves no timer behind when it stops', async () => {
    const bench = await Bench.start();
    await bench.send(1);
    await bench.clock.advance(500);
    await bench.stop();
    expect(bench.clock.timerCount).toBe(0);
  });
});
