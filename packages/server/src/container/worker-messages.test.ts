import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { BrokerCommandClient, type BrokerCommandHandlers, serveBrokerCommands } from './worker-messages.js';

const LOAD = { eventLoopUtilization: 0.5, heapUsedBytes: 1, externalBytes: 2 };
let channel: MessageChannel | undefined;

afterEach(() => channel?.port1.close());

function connect(handlers: Partial<BrokerCommandHandlers>): BrokerCommandClient {
  channel = new MessageChannel();
  serveBrokerCommands(channel.port2, {
    start: async () => ({ address: 'a:1', endpoints: 'a' }),
    stop: async () => undefined,
    load: async () => LOAD,
    ...handlers,
  });
  return new BrokerCommandClient(channel.port1);
}

test('each command gets its own answer, in whatever order they come', async () => {
  let start = (): void => {};
  const client = connect({
    start: () =>
      new Promise((resolve) => {
        start = () => resolve({ address: 'a:1', endpoints: 'a' });
      }),
  });
  const started = client.ask('start');
  expect(await client.ask('load')).toEqual(LOAD);
  start();
  expect(await started).toEqual({ address: 'a:1', endpoints: 'a' });
  expect(await client.ask('stop')).toBeUndefined();
});

test('an error of the thread arrives as its text', async () => {
  const client = connect({ start: () => Promise.reject(new Error('port 1 is taken')) });
  await expect(client.ask('start')).rejects.toThrow('port 1 is taken');
});

test('commands to a thread that has ended fail with the reason', async () => {
  const client = connect({ stop: () => new Promise(() => {}) });
  const stopped = client.ask('stop');
  const outcome = expect(stopped).rejects.toThrow('out of memory');
  client.close('out of memory');
  await outcome;
  await expect(client.ask('load')).rejects.toThrow('out of memory');
});
