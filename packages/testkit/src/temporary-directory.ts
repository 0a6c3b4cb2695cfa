// Directories of the real file system that go away after a test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `body` with a fresh directory under the system's temporary one and removes it afterwards, also when `body` fails. */
export async function withTemporaryDirectory<T>(body: (path: string) => T | Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'rocketmq-ts-'));
  try {
    return await body(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
