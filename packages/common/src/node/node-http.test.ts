// HTTP against a server of Node.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { NodeHttp } from './node-http.js';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/names?nofix=1`;
}

const options = { timeoutMs: 5000, maxBytes: 1000 };

test('gives status and text, whatever the status', async () => {
  const url = await serve((request, answer) => {
    answer.statusCode = 404;
    answer.write(`${request.url} `);
    answer.end('is nowhere');
  });
  expect(await new NodeHttp().get(url, options)).toEqual({ status: 404, text: '/names?nofix=1 is nowhere' });
});

test('takes no answer that is too long', async () => {
  const url = await serve((_, answer) => answer.end('x'.repeat(1001)));
  await expect(new NodeHttp().get(url, options)).rejects.toThrow('longer than 1000 bytes');
});

test('waits no longer than it was told', async () => {
  const url = await serve(() => undefined);
  await expect(new NodeHttp().get(url, { ...options, timeoutMs: 20 })).rejects.toThrow('no answer from http://127');
});

test('gives up when told', async () => {
  const url = await serve(() => undefined);
  const controller = new AbortController();
  const asking = new NodeHttp().get(url, { ...options, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(asking).rejects.toThrow('enough');
  await expect(new NodeHttp().get(url, { ...options, signal: controller.signal })).rejects.toThrow('enough');
});

test('says when nobody is there', async () => {
  const url = await serve(() => undefined);
  servers.pop()?.close();
  await expect(new NodeHttp().get(url, options)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
