// Connections through a SOCKS 5 proxy, on real sockets.
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Socket } from '../ports/net.js';
import { NodeNet } from './node-net.js';

const key = readFileSync(new URL('testdata/key.pem', import.meta.url));
const cert = readFileSync(new URL('testdata/cert.pem', import.meta.url));
const host = '127.0.0.1';
const net = new NodeNet();
const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server, plain and TLS, that answers every chunk with itself; gives its port. */
async function echo(): Promise<number> {
  const tls = { mode: 'permissive', clientAuth: 'none', context: () => ({ key, cert }) } as const;
  const listener = await net.listen({ host, port: 0, tls }, (socket) => {
    closers.push(() => socket.destroy());
    socket.start({ onData: (chunk) => socket.write(chunk), onDrain() {}, onClose() {} });
  });
  closers.push(() => listener.close());
  return listener.port;
}

/** What comes back for this text. */
function said(socket: Socket, text: string): Promise<string> {
  closers.push(() => socket.destroy());
  return new Promise((resolve) => {
    socket.start({ onData: (chunk) => resolve(chunk.toString()), onDrain() {}, onClose: () => resolve('closed') });
    socket.write(Buffer.from(text));
  });
}

describe('a connection through a SOCKS 5 proxy', () => {
  /** A proxy that takes one user, and connects to what it is asked for. */
  async function startProxy(): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((client) => {
      client.on('error', () => client.destroy());
      client.once('data', () => {
        client.write(Buffer.from([5, 2]));
        client.once('data', (login) => {
          client.write(Buffer.from([1, login.toString('latin1', 2) === 'me\x02pw' ? 0 : 1]));
          client.once('data', (request) => {
            asked.push(request.toString('hex'));
            const target = connect(request.readUInt16BE(request.length - 2), host);
            target.on('error', () => client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
            target.once('connect', () => {
              client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
              client.pipe(target).pipe(client);
            });
          });
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    closers.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, asked };
  }

  test('reaches plain and TLS servers, by names that the proxy resolves', async () => {
    const echoPort = await echo();
    const proxy = await startProxy();
    const through = { host, port: proxy.port, username: 'me', password: 'pw' };
    const plain = await net.connect({ host, port: echoPort, timeoutMs: 5000, proxy: through });
    expect(await said(plain, 'plain')).toBe('plain');
    const target = { host: 'only.there', port: echoPort, timeoutMs: 5000 };
    const tls = await net.connect({ ...target, proxy: through, tls: { context: { ca: cert }, verify: true } });
    expect(await said(tls, 'secret')).toBe('secret');
    expect([plain.encrypted, tls.encrypted]).toEqual([false, true]);
    const port = echoPort.toString(16).padStart(4, '0');
    expect(proxy.asked).toEqual([
      `050100017f000001${port}`,
      `050100030a${Buffer.from('only.there').toString('hex')}${port}`,
    ]);
  });

  test('fails with the words of the proxy, and in time when it says nothing', async () => {
    const proxy = await startProxy();
    const through = { host, port: proxy.port, username: 'me', password: 'pw' };
    const options = { host, port: 1, timeoutMs: 5000 };
    await expect(net.connect({ ...options, proxy: through })).rejects.toThrow('connection refused');
    await expect(net.connect({ ...options, proxy: { ...through, password: '' } })).rejects.toThrow("refuses user 'me'");
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, host, resolve));
    closers.push(() => mute.close());
    const silent = { host, port: (mute.address() as AddressInfo).port };
    await expect(net.connect({ ...options, timeoutMs: 50, proxy: silent })).rejects.toMatchObject({
      code: 'ETIMEDOUT',
    });
  });
});
