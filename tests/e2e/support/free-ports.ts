// Ports for servers that are killed and started again: outside of the range from which the system
// gives ports to outgoing connections, so that none of ours can take one in between.
import { createServer } from 'node:net';

const FIRST = 12_000;
const LAST = 31_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port that is free now, with those at the given distances from it. */
export async function freePort(...distances: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const free = await Promise.all([0, ...distances].map((distance) => isFree(port + distance)));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST}`);
}
