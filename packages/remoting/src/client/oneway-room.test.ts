// One-way requests wait for a peer that does not read.
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { RemotingTooMuchRequestError } from '../errors.js';
import { hasRoom, roomIn } from './oneway-room.js';

const MEBI = 1024 * 1024;

test('a connection has room until 4 MiB wait, or when it is closed', () => {
  const connection = { closed: false, peerName: 'a:1', pendingOutputBytes: 4 * MEBI };
  expect(hasRoom(connection)).toBe(true);
  expect(hasRoom({ ...connection, pendingOutputBytes: 4 * MEBI + 1 })).toBe(false);
  expect(hasRoom({ ...connection, pendingOutputBytes: 9 * MEBI, closed: true })).toBe(true);
});

test('room comes when the peer reads', async () => {
  const clock = new VirtualClock();
  const connection = { closed: false, peerName: 'a:1', pendingOutputBytes: 5 * MEBI };
  let came = false;
  const waiting = roomIn(connection, clock, 3000).then(() => {
    came = true;
  });
  await clock.advance(1000);
  expect(came).toBe(false);
  connection.pendingOutputBytes = 0;
  await clock.advance(10);
  await waiting;
});

test('room that does not come in time is an error that names the peer', async () => {
  const clock = new VirtualClock();
  const connection = { closed: false, peerName: 'a:1', pendingOutputBytes: 5 * MEBI };
  const waiting = expect(roomIn(connection, clock, 3000)).rejects.toThrow(RemotingTooMuchRequestError);
  await clock.advance(3010);
  await waiting;
});
