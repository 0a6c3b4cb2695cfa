// The failures that only a simulated network can make on demand.
import type { Listener, Socket } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { MemoryNetwork, type MemoryNetworkOptions } from './memory-network.js';
import { SeededRandom } from './seeded-random.js';
import { VirtualClock } from './virtual-clock.js';

const A = '10.0.0.1';
const B = '10.0.0.2';

class Log {
  chunks: string[] = [];
  closes: (Error | undefined)[] = [];
  constructor(socket: Socket) {
    socket.start({
      onData: (chunk) => this.chunks.push(chunk.toString()),
      onDrain() {},
      onClose: (error) => this.closes.push(error),
    });
  }
}

async function connected(
  options: Omit<MemoryNetworkOptions, 'clock'> = {},
  prepare?: (network: MemoryNetwork) => void,
) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock, ...options });
  prepare?.(network);
  const accepted: Socket[] = [];
  const listener: Listener = await network
    .host(B)
    .listen({ host: '0.0.0.0', port: 9876 }, (socket) => accepted.push(socket));
  const connecting = network.host(A).connect({ host: B, port: 9876, timeoutMs: 1000 });
  await clock.advance(2 * (options.latencyMs ?? 0));
  const client = await connecting;
  return { clock, network, listener, client, server: accepted[0]! };
}

test('latency and bandwidth take the clock’s time', async () => {
  const { clock, client, server } = await connected({ latencyMs: 10, bandwidthBytesPerSecond: 1000 });
  const log = new Log(server);
  client.write(Buffer.alloc(500, 'x'));
  await clock.advance(509);
  expect(log.chunks).toEqual([]);
  await clock.advance(1);
  expect(log.chunks.join('')).toHaveLength(500);
  expect([client.remoteAddress, server.remoteAddress]).toEqual([B, A]);
});

test('chunks are cut at random, the same for the same seed', async () => {
  const run = async (seed: number): Promise<string[]> => {
    const { clock, client, server } = await connected({ maxChunkBytes: 4, random: new SeededRandom(seed) });
    const log = new Log(server);
    client.write(Buffer.from('a frame that is cut'));
    await clock.settle();
    return log.chunks;
  };
  const chunks = await run(1);
  expect(chunks.join('')).toBe('a frame that is cut');
  expect(chunks.length).toBeGreaterThan(5);
  expect(await run(1)).toEqual(chunks);
  expect(await run(2)).not.toEqual(chunks);
});

test('a connection can be cut in the middle of a frame', async () => {
  const { clock, client, server } = await connected({}, (network) =>
    network.cutNextConnection({ afterBytes: 7, direction: 'toServer' }),
  );
  const [clientLog, serverLog] = [new Log(client), new Log(server)];
  client.write(Buffer.from('12345'));
  client.write(Buffer.from('6789'));
  await clock.settle();
  expect(serverLog.chunks.join('')).toBe('1234567');
  expect(serverLog.closes).toMatchObject([{ code: 'ECONNRESET' }]);
  expect(clientLog.closes).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('a partition swallows, and what was under way arrives when it is healed', async () => {
  const { clock, network, client, server } = await connected();
  const log = new Log(server);
  network.partition(A, B);
  client.write(Buffer.from('hello'));
  const attempt = expect(network.host(A).connect({ host: B, port: 9876, timeoutMs: 3000 })).rejects.toMatchObject({
    code: 'ETIMEDOUT',
  });
  await clock.advance(5000);
  await attempt;
  expect(log.chunks).toEqual([]);
  network.heal(A, B);
  await clock.settle();
  expect(log.chunks).toEqual(['hello']);
});

test('the peer of a host that lost power learns of it only when it writes after the restart', async () => {
  const { clock, network, client, server } = await connected({ windowBytes: 10 });
  const [clientLog, serverLog] = [new Log(client), new Log(server)];
  network.host(B).powerOff();
  client.write(Buffer.alloc(25));
  await clock.advance(100_000);
  expect(client.pendingBytes).toBe(15);
  expect(clientLog.closes).toEqual([]);
  network.host(B).restart();
  await clock.settle();
  expect(clientLog.closes).toMatchObject([{ code: 'ECONNRESET' }]);
  expect(serverLog.closes).toEqual([]);
  await expect(network.host(A).connect({ host: B, port: 9876, timeoutMs: 1 })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('a killed process closes its connections, and a reset breaks them for both', async () => {
  const first = await connected();
  const log = new Log(first.client);
  first.network.host(B).killProcess();
  await first.clock.settle();
  expect(log.closes).toEqual([undefined]);
  const second = await connected();
  const logs = [new Log(second.client), new Log(second.server)];
  second.network.reset(B, A);
  await second.clock.settle();
  expect(logs.map(({ closes }) => closes)).toMatchObject([[{ code: 'ECONNRESET' }], [{ code: 'ECONNRESET' }]]);
});

test('an ended connection whose peer never reads is closed after a while', async () => {
  const { clock, client, server } = await connected({ windowBytes: 10 });
  const log = new Log(client);
  server.pause();
  new Log(server);
  client.write(Buffer.alloc(100));
  client.end();
  await clock.advance(9_999);
  expect(log.closes).toEqual([]);
  await clock.advance(1);
  expect(log.closes).toHaveLength(1);
});

test('TLS modes decide who gets in', async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock });
  const accepted: boolean[] = [];
  const net = network.host(B);
  for (const [port, mode] of [
    [1, 'disabled'],
    [2, 'permissive'],
    [3, 'enforcing'],
  ] as const) {
    await net.listen({ host: B, port, tls: { mode, clientAuth: 'none', context: () => ({}) } }, (socket) =>
      accepted.push(socket.encrypted),
    );
  }
  const connect = (port: number, tls: boolean) =>
    network.host(A).connect({ host: B, port, timeoutMs: 10, ...(tls ? { tls: { context: {}, verify: false } } : {}) });
  await expect(connect(1, true)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect((await connect(2, true)).encrypted).toBe(true);
  expect((await connect(2, false)).encrypted).toBe(false);
  const refused = new Log(await connect(3, false));
  await clock.settle();
  expect(refused.closes).toHaveLength(1);
  expect(accepted).toEqual([true, false]);
});
