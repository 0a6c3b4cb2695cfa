// Free ports on the loopback interface for servers that must be told theirs.
import { createServer, type Server } from 'node:net';

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined)); // taken: the caller tries another
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A port that is free now, and so are those at the given distances from it (a broker takes three). */
export async function freePort(...distances: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = await listen(0);
    if (!first) continue;
    const port = portOf(first);
    const others = await Promise.all(distances.map((distance) => listen(port + distance)));
    await Promise.all([first, ...others].map((server) => server && close(server)));
    if (others.every((server) => server !== undefined)) return port;
  }
  throw new Error(`no free port with ${distances.join(', ')} beside it`);
}
