// Requests beyond a megabyte lie in memory that is lent to them: each sees its own body until it is answered.
import { silentLogger, sleep, Turn } from '@rocketmq-ts/common';
import { MemoryNetwork, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { RemotingClient } from '../client/remoting-client.js';
import { GET_MAX_OFFSET } from '../protocol/commands/offset.js';
import { Dispatcher } from './dispatcher.js';
import { type Processor, processor } from './processor.js';
import { RemotingServer } from './remoting-server.js';

const SERVER = '10.0.0.1:10911';
const MB = 1024 * 1024;

async function started(handlerOf: (clock: VirtualClock) => Processor, capacity = 100) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock, random: new SeededRandom(5), maxChunkBytes: 64 * 1024 });
  const common = { clock, logger: silentLogger, turn: new Turn(clock) };
  const dispatcher = new Dispatcher({ ...common, processors: [handlerOf(clock)], lanes: { offset: capacity } });
  const server = new RemotingServer({
    ...common,
    net: network.host('10.0.0.1'),
    host: '10.0.0.1',
    port: 10911,
    dispatcher,
  });
  const client = new RemotingClient({
    ...common,
    net: network.host('10.0.0.2'),
    dispatcher: new Dispatcher({ ...common, processors: [], lanes: {} }),
  });
  await server.start();
  onTestFinished(async () => {
    client.close();
    const stopped = server.stop();
    await clock.advance(5000);
    await stopped;
  });
  const ask = (body: Buffer) =>
    client.invoke(SERVER, GET_MAX_OFFSET, { topic: 'T', queueId: 0 }, { timeoutMs: 9000, body });
  return { clock, ask };
}

/** Answers the first byte of the body when all of it is the same after a while, and the body itself. A small one is the handler's to keep. */
const slowEcho = (clock: VirtualClock): Processor =>
  processor(GET_MAX_OFFSET, 'offset', async (_, exchange) => {
    const received = exchange.command.body!;
    const body = received.length < MB ? Buffer.from(received) : received;
    await sleep(clock, 500);
    return { code: body.every((byte) => byte === body[0]) ? 0 : 1, header: { offset: body[0]! }, body };
  });

test('large requests that are carried out at the same time keep their bodies apart', async () => {
  const { clock, ask } = await started(slowEcho);
  for (let round = 0; round < 3; round++) {
    const sizes = [2 * MB, MB - 1, 3 * MB, 1000, MB + 1, 4 * MB];
    const answers = Promise.all(sizes.map((size, index) => ask(Buffer.alloc(size, 1 + index + round))));
    await clock.advance(2000);
    for (const [index, answer] of (await answers).entries()) {
      expect(answer.code).toBe(0);
      expect(answer.header().offset).toBe(1 + index + round);
      expect(answer.body).toHaveLength(sizes[index]!);
      expect(answer.body?.every((byte) => byte === 1 + index + round)).toBe(true);
    }
  }
});

test('large requests that are refused harm none of those that are not', async () => {
  const { clock, ask } = await started(slowEcho, 2);
  const answers = Promise.all(Array.from({ length: 6 }, (_, index) => ask(Buffer.alloc(2 * MB, index + 1))));
  await clock.advance(2000);
  const codes = (await answers).map(({ code }) => code);
  expect(codes).toEqual([0, 0, 2, 2, 2, 2]);
});
