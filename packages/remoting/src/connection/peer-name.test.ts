import { expect, test } from 'vitest';
import { peerNameOf } from './peer-name.js';

test('a peer is called by its address, or by the one that a load balancer names', () => {
  const socket = { remoteAddress: '10.0.0.1', remotePort: 5 };
  const ends = { remoteAddress: '2001:db8::1', remotePort: 7, localAddress: '::1', localPort: 8 };
  expect(peerNameOf(socket)).toBe('10.0.0.1:5');
  expect(peerNameOf({ ...socket, proxied: ends })).toBe('[2001:db8::1]:7');
  expect(peerNameOf({ ...socket, proxied: { ...ends, remotePort: 0 } })).toBe('10.0.0.1:5');
});
