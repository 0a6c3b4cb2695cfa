/** What slows down those who wait for no answers. */
import { type Clock, sleep } from '@rocketmq-ts/common';
import type { Connection } from '../connection/connection.js';
import { RemotingTooMuchRequestError } from '../errors.js';

/** Bytes that wait for the peer beyond which one-way requests wait too. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
const POLL_MS = 5;

type Room = Pick<Connection, 'closed' | 'peerName' | 'pendingOutputBytes'>;

/** Whether a one-way request may go at once. */
export function hasRoom({ closed, pendingOutputBytes }: Room): boolean {
  return closed || pendingOutputBytes <= HIGH_WATER_BYTES;
}

/** Resolves when the peer has taken enough of what was sent to it. @throws RemotingTooMuchRequestError when it does not in time */
export async function roomIn(connection: Room, clock: Clock, timeoutMs: number): Promise<void> {
  const endMs = clock.monotonicMs() + timeoutMs;
  while (!hasRoom(connection)) {
    const { peerName, pendingOutputBytes } = connection;
    if (clock.monotonicMs() >= endMs) {
      throw new RemotingTooMuchRequestError(`${peerName} takes nothing, and ${pendingOutputBytes} bytes wait for it`);
    }
    await sleep(clock, POLL_MS);
  }
}
