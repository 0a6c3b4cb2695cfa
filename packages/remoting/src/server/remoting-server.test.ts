import { RocketMQError, silentLogger, sleep, Turn } from '@rocketmq-ts/common';
import { MemoryNetwork, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { RemotingClient } from '../client/remoting-client.js';
import type { Connection } from '../connection/connection.js';
import { RemotingConnectError, RemotingSendRequestError, RemotingTimeoutError } from '../errors.js';
import { GET_MAX_OFFSET } from '../protocol/commands/offset.js';
import { PULL_MESSAGE } from '../protocol/commands/pull.js';
import { GET_BROKER_CLUSTER_INFO } from '../protocol/commands/route.js';
import { ResponseCode } from '../protocol/response-code.js';
import { type ExtFields, SerializeType } from '../remoting-command.js';
import { Dispatcher } from './dispatcher.js';
import { type Processor, processor } from './processor.js';
import { RemotingServer, type RemotingServerLimits } from './remoting-server.js';

const SERVER = '10.0.0.1:10911';

/** A server and a client on a simulated network; answers of GET_MAX_OFFSET carry the queue id back as the offset. */
class World {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork({ clock: this.clock, random: new SeededRandom(7), maxChunkBytes: 900 });
  readonly server: RemotingServer;
  readonly dispatcher: Dispatcher;
  readonly client: RemotingClient;
  readonly accepted: Connection[] = [];

  constructor(
    options: {
      processors?: Processor[];
      lanes?: Record<string, number>;
      limits?: Partial<RemotingServerLimits>;
      serializeType?: SerializeType;
      clientProcessors?: Processor[];
    } = {},
  ) {
    const { clock, network } = this;
    const common = { clock, logger: silentLogger, turn: new Turn(clock) };
    const echo = processor(GET_MAX_OFFSET, 'offset', ({ queueId }) => ({ code: 0, header: { offset: queueId } }));
    this.dispatcher = new Dispatcher({
      ...common,
      processors: options.processors ?? [echo],
      lanes: { offset: 100, ...options.lanes },
    });
    this.server = new RemotingServer({
      ...common,
      net: network.host('10.0.0.1'),
      host: '10.0.0.1',
      port: 10911,
      dispatcher: this.dispatcher,
      limits: options.limits ?? {},
      onConnection: (connection) => this.accepted.push(connection),
    });
    this.client = new RemotingClient({
      ...common,
      net: network.host('10.0.0.2'),
      serializeType: options.serializeType ?? SerializeType.JSON,
      dispatcher: new Dispatcher({ ...common, processors: options.clientProcessors ?? [], lanes: { offset: 10 } }),
    });
  }

  invoke(queueId: number, options: { timeoutMs?: number; signal?: AbortSignal; ext?: ExtFields } = {}) {
    return this.client.invoke(SERVER, GET_MAX_OFFSET, { topic: 'T', queueId }, { timeoutMs: 3000, ...options });
  }
}

const worlds: World[] = [];

async function started(options?: ConstructorParameters<typeof World>[0]): Promise<World> {
  const world = new World(options);
  worlds.push(world);
  await world.server.start();
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    world.client.close();
    const stopped = world.server.stop();
    await world.clock.advance(5000);
    await stopped;
  }
});

describe('RemotingServer and RemotingClient', () => {
  test.each([SerializeType.JSON, SerializeType.ROCKETMQ])(
    'carry requests and answers in serialization %d',
    async (serializeType) => {
      const { client, clock, server } = await started({ serializeType });
      const header = { topic: 'тема', queueId: 3 };
      const answers = Promise.all(
        Array.from({ length: 50 }, (_, queueId) =>
          client.invoke(SERVER, GET_MAX_OFFSET, { ...header, queueId }, { timeoutMs: 3000 }),
        ),
      );
      await clock.advance(10);
      expect((await answers).map((answer) => answer.header().offset)).toEqual(
        Array.from({ length: 50 }, (_, index) => index),
      );
      expect((await answers)[0]?.command.serializeType).toBe(serializeType);
      expect(server.connections.size).toBe(1);
    },
  );

  test('a body is carried both ways whole, across chunks', async () => {
    const body = Buffer.alloc(200_000, 'abc');
    const echo = processor(GET_MAX_OFFSET, 'offset', (_, exchange) => ({
      code: 0,
      header: { offset: 1 },
      body: [exchange.command.body!.subarray(0, 10), exchange.command.body!.subarray(10)],
    }));
    const { client, clock } = await started({ processors: [echo] });
    const answer = client.invoke(SERVER, GET_MAX_OFFSET, { topic: 'T', queueId: 0 }, { timeoutMs: 3000, body });
    await clock.advance(100);
    expect((await answer).body?.equals(body)).toBe(true);
  });

  test('an unknown code is answered with REQUEST_CODE_NOT_SUPPORTED', async () => {
    const { client, clock } = await started();
    const answer = client.invoke(SERVER, GET_BROKER_CLUSTER_INFO, undefined, { timeoutMs: 3000 });
    await clock.advance(10);
    expect([(await answer).code, (await answer).remark]).toEqual([3, ' request type 106 not supported']);
  });

  test('a missing field, an answerable error and a bug are answered, each with its code', async () => {
    const failures: Record<number, Error> = {
      1: new RocketMQError(ResponseCode.TOPIC_NOT_EXIST, 'no such topic'),
      2: new TypeError('a bug'),
    };
    const failing = processor(GET_MAX_OFFSET, 'offset', async ({ queueId }) => {
      throw failures[queueId];
    });
    const pull = processor(PULL_MESSAGE, 'offset', () => ({ code: 0 }));
    const { client, clock } = await started({ processors: [failing, pull] });
    const invoke = (queueId: number) =>
      client.invoke(SERVER, GET_MAX_OFFSET, { topic: 'T', queueId }, { timeoutMs: 3000 });
    const answers = Promise.all([
      invoke(1),
      invoke(2),
      client.invoke(SERVER, PULL_MESSAGE, { topic: 'T' } as never, { timeoutMs: 3000 }).catch(() => undefined),
    ]);
    await clock.advance(10);
    const [notThere, bug] = await answers;
    expect([notThere?.code, notThere?.remark]).toEqual([17, 'no such topic']);
    expect([bug?.code, bug?.remark]).toEqual([1, 'TypeError: a bug']);
  });

  test('requests above the capacity of their lane are refused with SYSTEM_BUSY, and the lane frees itself', async () => {
    const waiting: (() => void)[] = [];
    const slow = processor(GET_MAX_OFFSET, 'offset', (_, exchange) => {
      waiting.push(() => exchange.answer({ code: 0, header: { offset: 0 } }));
      return undefined;
    });
    const { clock, invoke, dispatcher } = bound(await started({ processors: [slow], lanes: { offset: 2 } }));
    const answers = Promise.all([invoke(0), invoke(1), invoke(2)]);
    await clock.advance(10);
    for (const answer of waiting) answer();
    await clock.advance(10);
    expect((await answers).map(({ code }) => code)).toEqual([0, 0, 2]);
    expect((await answers)[2]?.remark).toBe('[OVERLOAD]system busy, start flow control for a while');
    expect(dispatcher.lanes.get('offset')?.inFlight).toBe(0);
  });

  test('one-way requests get no answer and leave their lane', async () => {
    const { client, clock, dispatcher, accepted } = await started();
    await settle(clock, client.oneway(SERVER, GET_MAX_OFFSET, { topic: 'T', queueId: 0 }, { timeoutMs: 3000 }));
    await clock.advance(10);
    expect(dispatcher.lanes.get('offset')?.inFlight).toBe(0);
    expect(accepted[0]?.pendingOutputBytes).toBe(0);
  });

  test('a server asks its client through the same connection', async () => {
    const clientEcho = processor(GET_MAX_OFFSET, 'offset', ({ queueId }) => ({
      code: 0,
      header: { offset: queueId * 10 },
    }));
    const world = await started({ clientProcessors: [clientEcho] });
    await settle(world.clock, world.invoke(1));
    const asked = new Promise((resolve) => {
      world.accepted[0]!.request(
        { code: 30, name: 'GET_MAX_OFFSET', ext: { topic: 'T', queueId: '4' } },
        1000,
        (error, response) => resolve(error ?? response?.ext.offset),
      );
    });
    expect(await settle(world.clock, asked)).toBe('40');
  });

  test('a request without answer fails with a time-out that names address, command and time', async () => {
    const silent = processor(GET_MAX_OFFSET, 'offset', () => undefined);
    const { clock, invoke } = bound(await started({ processors: [silent] }));
    const outcome = invoke(0, { timeoutMs: 500 }).catch((error: unknown) => error);
    await clock.advance(400);
    await clock.advance(200);
    const error = await outcome;
    expect(error).toBeInstanceOf(RemotingTimeoutError);
    expect((error as Error).message).toMatch(/no answer from 10\.0\.0\.1:10911 to GET_MAX_OFFSET within \d+ ms/);
  });

  test('an aborted request fails at once with the reason of its signal', async () => {
    const silent = processor(GET_MAX_OFFSET, 'offset', () => undefined);
    const { clock, invoke } = bound(await started({ processors: [silent] }));
    const abort = new AbortController();
    const outcome = invoke(0, { signal: abort.signal }).catch((error: unknown) => error);
    await clock.advance(10);
    abort.abort(new Error('enough'));
    expect(await outcome).toEqual(new Error('enough'));
  });

  test('a connection that is lost fails what waits on it, and the next request makes a new one', async () => {
    let silent = true;
    const sometimes = processor(GET_MAX_OFFSET, 'offset', () =>
      silent ? undefined : { code: 0, header: { offset: 5 } },
    );
    const { clock, invoke, accepted } = bound(await started({ processors: [sometimes] }));
    const outcome = invoke(0).catch((error: unknown) => error);
    await clock.advance(10);
    accepted[0]?.destroy();
    await clock.advance(10);
    expect(await outcome).toBeInstanceOf(RemotingSendRequestError);
    silent = false;
    expect((await settle(clock, invoke(0))).header().offset).toBe(5);
  });

  test('a server that is not there is an error that names it', async () => {
    const { client, clock } = await started();
    const outcome = client
      .invoke('10.0.0.1:1', GET_MAX_OFFSET, { topic: 'T', queueId: 0 }, { timeoutMs: 1000 })
      .catch((error: unknown) => error);
    await clock.advance(5000);
    const error = await outcome;
    expect(error).toBeInstanceOf(RemotingConnectError);
    expect((error as Error).message).toContain('10.0.0.1:1');
  });

  test('a draining server sends new clients away, and they come back on a new connection', async () => {
    const { clock, invoke, dispatcher, accepted } = bound(await started());
    await settle(clock, invoke(0));
    dispatcher.drain();
    expect((await settle(clock, invoke(0))).code).toBe(ResponseCode.GO_AWAY);
    expect(accepted.length).toBe(2);
  });

  test('idle, unfinished and unread connections are ended, each after its time', async () => {
    const world = await started({ limits: { idleMs: 120_000, unfinishedMs: 30_000 } });
    const net = world.network.host('10.0.0.3');
    const closed: string[] = [];
    const open = async (name: string) => {
      const socket = await settle(world.clock, net.connect({ host: '10.0.0.1', port: 10911, timeoutMs: 1000 }));
      socket.start({ onData() {}, onDrain() {}, onClose: () => closed.push(name) });
      return socket;
    };
    await open('idle');
    const half = await open('half');
    half.write(Buffer.from([0, 0, 1, 0, 0]));
    await world.clock.advance(20_000);
    expect(closed).toEqual([]);
    await world.clock.advance(15_000);
    expect(closed).toEqual(['half']);
    await world.clock.advance(100_000);
    expect(closed).toEqual(['half', 'idle']);
  });

  test('a peer that does not read costs bounded output, and its requests wait', async () => {
    const body = Buffer.alloc(64 * 1024);
    const big = processor(GET_MAX_OFFSET, 'offset', () => ({ code: 0, header: { offset: 0 }, body }));
    const world = await started({ processors: [big], limits: { outputHighWaterBytes: 256 * 1024 } });
    const net = world.network.host('10.0.0.3');
    const socket = await settle(world.clock, net.connect({ host: '10.0.0.1', port: 10911, timeoutMs: 1000 }));
    let received = 0;
    socket.start({ onData: (chunk) => (received += chunk.length), onDrain() {}, onClose() {} });
    socket.pause();
    const header = Buffer.from(
      '{"code":30,"extFields":{"topic":"T","queueId":"0"},"flag":0,"language":"JAVA","opaque":1,"version":513}',
    );
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 4 + header.length, 0, 0, 0, header.length]), header]);
    socket.write(Buffer.concat(Array.from({ length: 100 }, () => frame)));
    await world.clock.advance(100);
    expect(world.accepted[0]!.pendingOutputBytes).toBeLessThan(600 * 1024);
    socket.resume();
    await world.clock.advance(1000);
    expect(received).toBeGreaterThan(100 * body.length);
    await sleepIn(world.clock);
  });
});

/** The parts of a world as free functions. */
function bound(world: World) {
  return {
    ...world,
    clock: world.clock,
    invoke: world.invoke.bind(world),
    dispatcher: world.dispatcher,
    accepted: world.accepted,
  };
}

/** The outcome of a promise that needs the clock to move. */
async function settle<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  await clock.advance(20);
  return promise;
}

async function sleepIn(clock: VirtualClock): Promise<void> {
  const slept = sleep(clock, 10);
  await clock.advance(10);
  await slept;
}
