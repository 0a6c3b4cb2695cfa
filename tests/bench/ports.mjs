// Ports of this machine: which are free, and which answer.
import { connect, createServer } from 'node:net';

/** True when somebody listens there. @param {number} port @returns {Promise<boolean>} */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy(resolve(true)));
    socket.once('error', () => resolve(false)); // not listening yet
  });
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false)); // taken
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * A port that is free with those at the given distances: a broker takes its port, the one after it, and the one two
 * before. They lie below the range from which the system takes ports for outgoing connections.
 */
export async function freePort(...distances) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 19_000);
    const free = await Promise.all([0, ...distances].map((distance) => isFree(port + distance)));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no free ports');
}
