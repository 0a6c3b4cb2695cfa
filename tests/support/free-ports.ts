// Free ports on the loopback interface for servers that must be told theirs, and that are killed and started again. They
// lie below the range from which the system takes ports for outgoing connections, any of which could take one in between.
import { createServer, type Server } from 'node:net';

const FIRST = 12_000;
const LAST = 31_000;
/** Test files that run side by side have ranges of their own: what one has found no other takes before its server is up. */
const SHARES = 8;
const SHARE_SIZE = (LAST - FIRST) / SHARES;
/** How far from a port its neighbours lie at most. */
const MARGIN = 5;
const ATTEMPTS = 200;

const share = Number(process.env.VITEST_POOL_ID ?? 1) % SHARES;
const given = new Set<number>();

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

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers = await Promise.all(ports.map(listen));
  await Promise.all(servers.map((server) => server && close(server)));
  return servers.every((server) => server !== undefined);
}

/**
 * A port that is free now, and so are those at the given distances from it (a broker takes three). No port is given
 * twice in a test file.
 */
export async function freePort(...distances: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const place = MARGIN + Math.floor(Math.random() * (SHARE_SIZE - 2 * MARGIN));
    const port = FIRST + Math.floor(share * SHARE_SIZE) + place;
    const ports = [0, ...distances].map((distance) => port + distance);
    if (ports.some((each) => given.has(each))) continue;
    for (const each of ports) given.add(each);
    if (await areFree(ports)) return port;
  }
  throw new Error(`no free port with ${distances.join(', ')} beside it`);
}
