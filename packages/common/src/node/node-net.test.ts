// What only the real network shows: TLS on the plain port, taken ports, and bytes before the decision.
import { readFileSync } from 'node:fs';
import { connect as connectRaw } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Listener, Socket, TlsServerMode, TlsServerOptions } from '../ports/net.js';
import { NodeNet } from './node-net.js';
import { plainAddress } from './node-socket.js';

const key = readFileSync(new URL('testdata/key.pem', import.meta.url));
const cert = readFileSync(new URL('testdata/cert.pem', import.meta.url));
const host = '127.0.0.1';
const net = new NodeNet();

function tlsOptions(mode: TlsServerMode, clientAuth: TlsServerOptions['clientAuth'] = 'none'): TlsServerOptions {
  const context = { key, cert, ca: cert };
  return { mode, clientAuth, context: () => context };
}

/** Listens and answers every chunk with itself. */
async function listenEcho(tls?: TlsServerOptions): Promise<{ listener: Listener; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const listener = await net.listen({ host, port: 0, tls }, (socket) => {
    accepted.push(socket);
    socket.start({ onData: (chunk) => socket.write(chunk), onDrain() {}, onClose() {} });
  });
  onTestFinished(async () => {
    await listener.close();
    for (const socket of accepted) socket.destroy();
  });
  return { listener, accepted };
}

/** Collects until `length` bytes came or the socket closed. */
function receive(socket: Socket, length: number): Promise<{ text: string; error?: Error; closed: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    socket.start({
      onData: (chunk) => {
        text += chunk.toString();
        if (text.length >= length) resolve({ text, closed: false });
      },
      onDrain() {},
      onClose: (error) => resolve({ text, error, closed: true }),
    });
  });
}

describe('NodeNet with TLS on the plain port', () => {
  test('permissive serves plain and TLS clients', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('permissive'));
    const plain = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    plain.write(Buffer.from('plain'));
    expect((await receive(plain, 5)).text).toBe('plain');
    const tls = await net.connect({
      host,
      port: listener.port,
      timeoutMs: 5000,
      tls: { context: { ca: cert }, verify: true },
    });
    tls.write(Buffer.from('secret'));
    expect((await receive(tls, 6)).text).toBe('secret');
    expect(accepted.map((socket) => socket.encrypted)).toEqual([false, true]);
    expect(accepted.map((socket) => socket.remoteAddress)).toEqual([host, host]);
    expect(tls.encrypted).toBe(true);
    plain.destroy();
    tls.destroy();
  });

  test('the first bytes arrive whole however they are cut', async () => {
    const { listener } = await listenEcho(tlsOptions('permissive'));
    const raw = connectRaw(listener.port, host);
    raw.setNoDelay(true);
    raw.write('a');
    const text = await new Promise<string>((resolve) => {
      let got = '';
      raw.on('data', (chunk) => {
        got += chunk;
        if (got === 'a') raw.write('bc');
        if (got.length === 3) resolve(got);
      });
    });
    expect(text).toBe('abc');
    raw.destroy();
  });

  test('enforcing closes a plain peer', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('enforcing'));
    const plain = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    plain.write(Buffer.from('plain'));
    expect(await receive(plain, 5)).toMatchObject({ text: '', closed: true });
    expect(accepted).toEqual([]);
  });

  test('disabled closes a TLS peer', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('disabled'));
    const attempt = net.connect({ host, port: listener.port, timeoutMs: 5000, tls: { context: {}, verify: false } });
    await expect(attempt).rejects.toThrow();
    expect(accepted).toEqual([]);
  });

  test('bytes that only look like TLS end in a closed connection', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('permissive'));
    const plain = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    plain.write(Buffer.alloc(64, 0x16));
    expect((await receive(plain, 1000)).closed).toBe(true);
    expect(accepted).toEqual([]);
  });

  test('TLS older than 1.2 is refused', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('permissive'));
    const client = connectTls({
      host,
      port: listener.port,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      rejectUnauthorized: false,
    });
    await new Promise((resolve) => client.once('error', resolve));
    expect(accepted).toEqual([]);
  });

  test('a client that renegotiates is cut off and the server lives on', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('permissive'));
    const client = connectTls({ host, port: listener.port, maxVersion: 'TLSv1.2', rejectUnauthorized: false });
    await new Promise((resolve) => client.once('secureConnect', resolve));
    client.write('x');
    await new Promise((resolve) => client.once('data', resolve));
    client.on('error', () => undefined);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.renegotiate({}, () => undefined);
    await closed;
    expect(accepted[0]?.closed).toBe(true);
    const next = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    next.write(Buffer.from('ok'));
    expect((await receive(next, 2)).text).toBe('ok');
    next.destroy();
  });

  test('a server that requires certificates takes only clients with one', async () => {
    const { listener, accepted } = await listenEcho(tlsOptions('enforcing', 'require'));
    const options = { host, port: listener.port, timeoutMs: 5000 };
    const good = await net.connect({ ...options, tls: { context: { key, cert, ca: cert }, verify: true } });
    good.write(Buffer.from('in'));
    expect((await receive(good, 2)).text).toBe('in');
    good.destroy();
    const bad = await net.connect({ ...options, tls: { context: { ca: cert }, verify: true } }).catch(() => undefined);
    if (bad) {
      // TLS 1.3 clients learn of the refusal only after their side of the handshake is done.
      bad.write(Buffer.from('in'));
      expect((await receive(bad, 2)).closed).toBe(true);
    }
    expect(accepted).toHaveLength(1);
  });

  test('optional client certificates: none is fine', async () => {
    const { listener } = await listenEcho(tlsOptions('enforcing', 'optional'));
    const client = await net.connect({
      host,
      port: listener.port,
      timeoutMs: 5000,
      tls: { context: {}, verify: false },
    });
    client.write(Buffer.from('in'));
    expect((await receive(client, 2)).text).toBe('in');
    client.destroy();
  });

  test('a key that cannot be loaded fails the handshake, not the server', async () => {
    const broken: TlsServerOptions = {
      mode: 'permissive',
      clientAuth: 'none',
      context: () => ({ key: 'no key', cert }),
    };
    const { listener } = await listenEcho(broken);
    const options = { host, port: listener.port, timeoutMs: 5000 };
    await expect(net.connect({ ...options, tls: { context: {}, verify: false } })).rejects.toThrow();
    const plain = await net.connect(options);
    plain.write(Buffer.from('ok'));
    expect((await receive(plain, 2)).text).toBe('ok');
    plain.destroy();
  });

  test('a client that verifies refuses an unknown certificate', async () => {
    const { listener } = await listenEcho(tlsOptions('permissive'));
    const attempt = net.connect({ host, port: listener.port, timeoutMs: 5000, tls: { context: {}, verify: true } });
    await expect(attempt).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('closing the listener drops connections that have not said anything', async () => {
    const { listener } = await listenEcho(tlsOptions('permissive'));
    const silent = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    const outcome = receive(silent, 1);
    // A second, served connection shows that the first was accepted before.
    const served = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    served.write(Buffer.from('x'));
    await receive(served, 1);
    await listener.close();
    expect((await outcome).closed).toBe(true);
    expect(served.closed).toBe(false);
    served.destroy();
  });
});

describe('NodeNet behind a load balancer', () => {
  const header = 'PROXY TCP4 10.1.2.3 10.9.8.7 12345 10911\r\n';

  async function listenProxied(options: { tls?: TlsServerOptions; maxUndecided?: number } = {}) {
    const accepted: Socket[] = [];
    const { tls, ...rest } = options;
    const listener = await new NodeNet(rest).listen(
      { host, port: 0, proxyProtocol: true, ...(tls && { tls }) },
      (socket) => {
        accepted.push(socket);
        socket.start({ onData: (chunk) => socket.write(chunk), onDrain() {}, onClose() {} });
      },
    );
    onTestFinished(async () => {
      await listener.close();
      for (const socket of accepted) socket.destroy();
    });
    return { listener, accepted };
  }

  test.each(['all at once', 'byte by byte'])('a PROXY header is taken off, %s', async (way) => {
    const { listener, accepted } = await listenProxied({ tls: tlsOptions('permissive') });
    const client = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    const bytes = Buffer.from(`${header}frames`);
    if (way === 'all at once') client.write(bytes);
    else {
      for (const byte of bytes) {
        client.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect((await receive(client, 6)).text).toBe('frames');
    expect(accepted[0]?.proxied).toMatchObject({ remoteAddress: '10.1.2.3', remotePort: 12345 });
    expect(accepted[0]?.remoteAddress).toBe(host);
    client.destroy();
  });

  test('TLS may follow the header', async () => {
    const { listener, accepted } = await listenProxied({ tls: tlsOptions('enforcing') });
    const raw = connectRaw(listener.port, host);
    raw.write(header);
    const client = connectTls({ socket: raw, ca: cert, checkServerIdentity: () => undefined });
    client.write('secret');
    const text = await new Promise((resolve) => client.once('data', (chunk) => resolve(chunk.toString())));
    expect(text).toBe('secret');
    expect(accepted[0]).toMatchObject({ encrypted: true, proxied: { remotePort: 12345 } });
    client.destroy();
  });

  test('who needs no header comes without, a wrong one closes the connection', async () => {
    const { listener, accepted } = await listenProxied();
    const plain = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    plain.write(Buffer.from([0, 0, 1, 4]));
    expect((await receive(plain, 4)).text).toHaveLength(4);
    expect(accepted[0]?.proxied).toBeUndefined();
    plain.destroy();
    const wrong = await net.connect({ host, port: listener.port, timeoutMs: 5000 });
    wrong.write(Buffer.from('PROXY TCP4 nonsense\r\nframes'));
    expect(await receive(wrong, 1)).toMatchObject({ text: '', closed: true });
    expect(accepted).toHaveLength(1);
  });

  test('of too many connections that say nothing the oldest is dropped', async () => {
    const { listener } = await listenProxied({ maxUndecided: 2 });
    const silent = [];
    for (let i = 0; i < 3; i++) silent.push(await net.connect({ host, port: listener.port, timeoutMs: 5000 }));
    expect((await receive(silent[0]!, 1)).closed).toBe(true);
    const answered = receive(silent[2]!, 1);
    silent[2]!.write(Buffer.from([0]));
    expect((await answered).closed).toBe(false);
    expect(silent[1]!.closed).toBe(false);
    for (const socket of silent) socket.destroy();
  });
});

test('a taken port is named in the error', async () => {
  const { listener } = await listenEcho();
  const second = net.listen({ host, port: listener.port }, () => undefined);
  await expect(second).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: `cannot listen on 127.0.0.1:${listener.port}: the port is already in use`,
  });
});

test('IPv4 addresses seen through IPv6 are plain', () => {
  expect(plainAddress('::ffff:10.1.2.3')).toBe('10.1.2.3');
  expect(plainAddress('::1')).toBe('::1');
  expect(plainAddress('::ffff:ab')).toBe('::ffff:ab');
  expect(plainAddress(undefined)).toBe('');
});
