import { silentLogger } from '@rocketmq-ts/common';
import type { Connection } from '@rocketmq-ts/remoting';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import type { ClientChannel } from './client-channel.js';
import { ProducerManager } from './producer-manager.js';

const config = { channelExpiredTimeout: 1000, enableRegisterProducer: true, rejectTransactionMessage: false };

function newChannel(clientId: string, nowMs: number): ClientChannel {
  const connection = { closed: false, destroy() {} } as unknown as Connection;
  return { connection, clientId, language: 'JAVA', version: 513, lastUpdateTimestamp: nowMs };
}

test('A lease renews what its heartbeat registered until any producer has left', async () => {
  const clock = new VirtualClock();
  const producers = new ProducerManager({ config, clock, logger: silentLogger });
  const [first, other] = [newChannel('first', clock.now()), newChannel('other', clock.now())];
  const lease = producers.lease([producers.register('a', first), producers.register('b', first)])!;
  producers.register('a', other);
  await clock.advance(900);
  expect(producers.renew(lease)).toBe(true);
  await clock.advance(900);
  producers.scan();
  expect([...producers.groups.get('a')!.keys()]).toEqual([first.connection]);
  expect(producers.renew(lease)).toBe(false);
  await clock.advance(200);
  producers.scan();
  expect(producers.groups.size).toBe(0);
});

test('There is no lease where a producer was refused', () => {
  const clock = new VirtualClock();
  const producers = new ProducerManager({ config, clock, logger: silentLogger });
  const gone = { ...newChannel('gone', clock.now()), connection: { closed: true } as unknown as Connection };
  expect(producers.lease([producers.register('a', gone)])).toBeUndefined();
});
