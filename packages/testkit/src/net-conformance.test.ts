// What every implementation of the port `Net` promises; each is run through the same tests.
import { type Listener, type Net, NodeClock, NodeNet, type Socket } from '@rocketmq-ts/common';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryNetwork } from './memory-network.js';
import { SeededRandom } from './seeded-random.js';

const host = '127.0.0.1';
/** Listens as `net` does, and lends chunks. */
function lending(net: Net): Net {
  return {
    listen: (options, onConnection) => net.listen({ ...options, lendsChunks: true }, onConnection),
    connect: (options) => net.connect(options),
  };
}

const implementations: [name: string, create: () => Net][] = [
  ['NodeNet', () => new NodeNet()],
  ['NodeNet that lends chunks', () => lending(new NodeNet())],
  ['MemoryNet that lends chunks', () => lending(new MemoryNetwork({ clock: new NodeClock() }).host('10.0.0.1'))],
  ['MemoryNet', () => new MemoryNetwork({ clock: new NodeClock() }).host('10.0.0.1')],
  [
    'MemoryNet in small chunks',
    () =>
      new MemoryNetwork({
        clock: new NodeClock(),
        latencyMs: 0.5,
        windowBytes: 60_000,
        maxChunkBytes: 7000,
        random: new SeededRandom(5),
      }).host('10.0.0.1'),
  ],
];

/** Hears everything and lets a test wait for it. */
class Ear {
  readonly socket: Socket;
  text = '';
  drains = 0;
  closes: (Error | undefined)[] = [];
  #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.start({
      onData: (chunk) => {
        this.text += chunk.toString('latin1');
        this.#wake();
      },
      onDrain: () => {
        this.drains++;
        this.#wake();
      },
      onClose: (error) => {
        this.closes.push(error);
        this.#wake();
      },
    });
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ condition, resolve });
      this.#wake();
    });
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }
}

async function pair(net: Net): Promise<{ client: Socket; server: Socket; listener: Listener }> {
  let accept: (socket: Socket) => void = () => undefined;
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const listener = await net.listen({ host, port: 0 }, (socket) => accept(socket));
  const client = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
  const server = await accepted;
  onTestFinished(async () => {
    await listener.close();
    client.destroy();
    server.destroy();
  });
  return { client, server, listener };
}

describe.each(implementations)('%s', (_name, create) => {
  test('both ends know their addresses', async () => {
    const { client, server, listener } = await pair(create());
    expect(client).toMatchObject({
      remoteAddress: host,
      remotePort: listener.port,
      localAddress: host,
      encrypted: false,
    });
    expect(server).toMatchObject({
      remoteAddress: host,
      localPort: listener.port,
      localAddress: host,
      encrypted: false,
    });
    expect(server.remotePort).toBe(client.localPort);
  });

  test('bytes arrive in order, both ways, also those written before the peer started', async () => {
    const { client, server } = await pair(create());
    client.write(Buffer.from('one '));
    client.write(Buffer.from('two'));
    const serverEar = new Ear(server);
    await serverEar.until(() => serverEar.text === 'one two');
    const clientEar = new Ear(client);
    server.write(Buffer.from('three'));
    await clientEar.until(() => clientEar.text === 'three');
    expect(clientEar.closes).toEqual([]);
  });

  test('a reader that pauses makes bytes wait with the writer, which hears when they left', async () => {
    const { client, server } = await pair(create());
    const clientEar = new Ear(client);
    const serverEar = new Ear(server);
    server.pause();
    const block = Buffer.alloc(4 << 20, 'x');
    for (let index = 0; index < 4; index++) client.write(block);
    expect(client.pendingBytes).toBeGreaterThan(block.length);
    client.write(Buffer.from('end'));
    expect(clientEar.drains).toBe(0);
    server.resume();
    await clientEar.until(() => clientEar.drains > 0);
    expect(client.pendingBytes).toBe(0);
    await serverEar.until(() => serverEar.text.length === 4 * block.length + 3);
    expect(serverEar.text.endsWith('xend')).toBe(true);
  });

  test('end sends what was queued and closes both ends without an error, once', async () => {
    const { client, server } = await pair(create());
    const clientEar = new Ear(client);
    const serverEar = new Ear(server);
    client.write(Buffer.alloc(300_000, 'x'));
    client.end();
    client.write(Buffer.from('too late'));
    await serverEar.until(() => serverEar.closes.length > 0);
    await clientEar.until(() => clientEar.closes.length > 0);
    expect(serverEar.text.length).toBe(300_000);
    expect([clientEar.closes, serverEar.closes]).toEqual([[undefined], [undefined]]);
    expect([client.closed, server.closed]).toEqual([true, true]);
    client.end();
    client.destroy();
    client.write(Buffer.from('ignored'));
    expect(clientEar.closes).toHaveLength(1);
  });

  test('destroy tells its owner the reason, and the peer that the connection is closed', async () => {
    const { client, server } = await pair(create());
    const clientEar = new Ear(client);
    const serverEar = new Ear(server);
    const reason = new Error('enough');
    client.destroy(reason);
    await clientEar.until(() => clientEar.closes.length > 0);
    await serverEar.until(() => serverEar.closes.length > 0);
    expect(clientEar.closes).toEqual([reason]);
    expect(serverEar.closes).toHaveLength(1);
  });

  test('who starts a closed socket is told', async () => {
    const { client } = await pair(create());
    client.destroy();
    const ear = new Ear(client);
    await ear.until(() => ear.closes.length > 0);
    expect(client.closed).toBe(true);
  });

  test('a closed listener refuses, and leaves open sockets alone', async () => {
    const net = create();
    const { client, server, listener } = await pair(net);
    const serverEar = new Ear(server);
    await listener.close();
    await expect(net.connect({ host, port: listener.port, timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    client.write(Buffer.from('still here'));
    await serverEar.until(() => serverEar.text === 'still here');
    const again = await net.listen({ host, port: listener.port }, () => undefined);
    await again.close();
  });

  test('a taken port is an error that names it', async () => {
    const net = create();
    const { listener } = await pair(net);
    await expect(net.listen({ host, port: listener.port }, () => undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `cannot listen on ${host}:${listener.port}: the port is already in use`,
    });
  });
});
