// Free ports on the loopback interface for servers that must be told theirs.
import { createServer, type Server } from 'node:net';

const LOWEST = 12_000;
const HIGHEST = 31_000;
const ATTEMPTS = 50;

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

/**
 * A port that is free now, and so are those at the given distances from it (a broker takes three). They lie below the
 * range from which the system takes ports for outgoing connections, any of which could take them before a JVM is up.
 */
export async function freePort(...distances: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const servers = await Promise.all([0, ...distances].map((distance) => listen(port + distance)));
    await Promise.all(servers.map((server) => server && close(server)));
    if (servers.every((server) => server !== undefined)) return port;
  }
  throw new Error(`no free port with ${distances.join(', ')} beside it`);
}
