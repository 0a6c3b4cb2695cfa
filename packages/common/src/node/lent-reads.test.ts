// Lent chunks on real sockets: what arrives before and after the first bytes showed what a connection is.
import { once } from 'node:events';
import { connect, type Socket as NetSocket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Socket } from '../ports/net.js';
import { NodeNet } from './node-net.js';

const host = '127.0.0.1';

/** Listens as servers do; answers connected peers and what is accepted of them, in turn. */
async function pairs(count: number): Promise<{ peers: NetSocket[]; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const peers: NetSocket[] = [];
  const options = { host, port: 0, proxyProtocol: true, lendsChunks: true };
  const listener = await new NodeNet().listen(options, (socket) => accepted.push(socket));
  onTestFinished(async () => {
    await listener.close();
    for (const socket of [...peers, ...accepted]) socket.destroy();
  });
  for (let i = 0; i < count; i++) {
    const peer = connect(listener.port, host);
    peers.push(peer);
    await once(peer, 'connect');
    peer.write(`peer ${i}.`);
    while (accepted.length === i) await new Promise((resolve) => setImmediate(resolve));
  }
  return { peers, accepted };
}

test('connections share the memory they are read into, and each hears its own bytes in order', async () => {
  const { peers, accepted } = await pairs(3);
  const memories = new Set<ArrayBufferLike>();
  const texts = ['', '', ''];
  let closed = 0;
  const done = new Promise<void>((resolve) => {
    for (const [index, socket] of accepted.entries()) {
      socket.start({
        onData: (chunk) => {
          if (texts[index] !== '') memories.add(chunk.buffer);
          texts[index] += chunk.toString();
        },
        onDrain() {},
        onClose: () => ++closed === 3 && resolve(),
      });
    }
  });
  for (let round = 0; round < 20; round++) {
    for (const [index, peer] of peers.entries()) peer.write(`${index}:${round}.`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const peer of peers) peer.end();
  await done;
  const rounds = Array.from({ length: 20 }, (_, round) => round);
  expect(texts).toEqual([0, 1, 2].map((index) => `peer ${index}.${rounds.map((r) => `${index}:${r}.`).join('')}`));
  expect(memories.size).toBe(1);
});

test('a connection that is paused with its first chunk hears nothing until it is resumed', async () => {
  const {
    peers: [peer],
    accepted: [socket],
  } = await pairs(1);
  let text = '';
  let isPaused = false;
  let wasQuiet = true;
  const told = new Promise<void>((resolve) => {
    socket!.start({
      onData: (chunk) => {
        wasQuiet &&= !isPaused;
        const isFirst = text === '';
        text += chunk.toString('latin1');
        if (isFirst) {
          isPaused = true;
          socket!.pause();
        }
        if (text.endsWith('end')) resolve();
      },
      onDrain() {},
      onClose() {},
    });
  });
  // More than both ends of the connection hold: the peer sees that nobody reads.
  peer!.write(Buffer.alloc(16 << 20, 'x'));
  peer!.write('end');
  while (!isPaused) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(text).toBe('peer 0.');
  expect(peer!.writableLength).toBeGreaterThan(0);
  isPaused = false;
  socket!.resume();
  await told;
  expect(text.length).toBe('peer 0.'.length + (16 << 20) + 3);
  expect(wasQuiet).toBe(true);
});
