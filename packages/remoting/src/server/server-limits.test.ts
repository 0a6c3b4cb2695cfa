// What all connections of a server together may take: their number, and the bytes that wait for their peers.
import { type LogFields, type Logger, type Socket, silentLogger, Turn } from '@rocketmq-ts/common';
import { MemoryNetwork, SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { GET_MAX_OFFSET } from '../protocol/commands/offset.js';
import { Dispatcher } from './dispatcher.js';
import { processor } from './processor.js';
import { RemotingServer, type RemotingServerLimits } from './remoting-server.js';

const KB = 1024;
const HEADER =
  '{"code":30,"extFields":{"topic":"T","queueId":"0"},"flag":0,"language":"JAVA","opaque":1,"version":513}';

async function started(limits: Partial<RemotingServerLimits>) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock, random: new SeededRandom(7), windowBytes: 16 * KB });
  const warnings: LogFields[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, fields) => warnings.push(fields ?? {}) };
  const body = Buffer.alloc(100 * KB);
  const big = processor(GET_MAX_OFFSET, 'offset', () => ({ code: 0, header: { offset: 0 }, body }));
  const server = new RemotingServer({
    clock,
    logger,
    turn: new Turn(clock),
    net: network.host('10.0.0.1'),
    host: '10.0.0.1',
    port: 10911,
    dispatcher: new Dispatcher({ logger, processors: [big], lanes: { offset: 100 } }),
    limits,
  });
  await server.start();
  onTestFinished(async () => {
    const stopped = server.stop();
    await clock.advance(15_000);
    await stopped;
  });
  const open = async (): Promise<Socket> => {
    const connected = network.host('10.0.0.3').connect({ host: '10.0.0.1', port: 10911, timeoutMs: 1000 });
    await clock.advance(20);
    const socket = await connected;
    socket.start({ onData() {}, onDrain() {}, onClose() {} });
    return socket;
  };
  const ask = (socket: Socket): void => {
    const frame = Buffer.alloc(8 + HEADER.length);
    frame.writeInt32BE(4 + HEADER.length, 0);
    frame.writeInt32BE(HEADER.length, 4);
    frame.write(HEADER, 8);
    socket.write(frame);
  };
  /** Which of the sockets the server still serves. */
  const served = (sockets: readonly Socket[]): boolean[] => {
    const ports = new Set([...server.connections].map(({ socket }) => socket.remotePort));
    return sockets.map(({ localPort }) => ports.has(localPort));
  };
  return { clock, server, warnings, open, ask, served };
}

test('connections above the limit are closed, and counted in one line of log', async () => {
  const { clock, server, warnings, open, served } = await started({ maxConnections: 3 });
  const sockets = [await open(), await open(), await open(), await open(), await open()];
  await clock.advance(1000);
  expect(served(sockets)).toEqual([true, true, true, false, false]);
  expect(warnings).toEqual([{ limit: 3, closed: 2 }]);
  sockets[0]!.destroy();
  await clock.advance(20);
  await open();
  expect(server.connections.size).toBe(3);
});

test('when too much waits for all peers together, those who took nothing for longest are cut off', async () => {
  const { clock, open, ask, served } = await started({ pendingOutputBytes: 350 * KB });
  const sockets = [await open(), await open(), await open(), await open(), await open()];
  for (const socket of sockets) {
    socket.pause();
    ask(socket);
    await clock.advance(100);
  }
  // Four times 84 KB fit, the fifth does not: the limit is kept by the two that wait for longest.
  expect(served(sockets)).toEqual([false, false, true, true, true]);
});

test('when unfinished frames take too much together, those that began first are cut off, not who sends now', async () => {
  const { clock, open, served } = await started({ unfinishedBytes: 100 * KB });
  const part = Buffer.alloc(40 * KB);
  part.writeInt32BE(1000 * KB, 0);
  const sockets = [await open(), await open(), await open()];
  for (const socket of sockets) {
    socket.write(part);
    await clock.advance(100);
  }
  expect(served(sockets)).toEqual([false, true, true]);
  // The one that is oldest itself gets no more room.
  sockets[1]!.write(Buffer.alloc(40 * KB));
  await clock.advance(100);
  expect(served(sockets)).toEqual([false, false, true]);
});

test('who takes what was sent may ask for any amount', async () => {
  const { clock, open, ask, served } = await started({ pendingOutputBytes: 150 * KB });
  const [reader, idler] = [await open(), await open()];
  idler.pause();
  ask(idler);
  await clock.advance(10);
  for (let i = 0; i < 20; i++) {
    ask(reader);
    await clock.advance(10);
  }
  expect(served([reader, idler])).toEqual([true, false]);
});
