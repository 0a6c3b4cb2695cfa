import { createRequire } from 'node:module';
import { NodeFiles } from '@rocketmq-ts/common';
import { VirtualClock, withTemporaryDirectory } from '@rocketmq-ts/testkit';
import { describe, expect, test } from 'vitest';
import { openTestStore, putAndWait, readQueue, testMessage } from '../test-store.js';
import { openRocksDB } from './rocksdb-storage.js';

/** The package is an option of users: what needs it is skipped where it is not installed. */
function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('rocksdb-native');
    return true;
  } catch {
    return false;
  }
}

const bytes = (text: string) => Buffer.from(text);

describe.skipIf(!isInstalled())('RocksDB', () => {
  test('keeps what was put, in order, and deletes ranges', () =>
    withTemporaryDirectory(async (directory) => {
      const storage = await openRocksDB(directory);
      await storage.put(
        'default',
        ['b', 'a', 'd', 'c'].map((key) => ({ key: bytes(key), value: bytes(key.toUpperCase()) })),
      );
      await storage.put('offset', [{ key: bytes('a'), value: bytes('other') }]);
      await storage.deleteRange('default', bytes('b'), bytes('c'));
      await storage.delete('default', [bytes('d')]);
      await storage.flush();
      await storage.close();
      const again = await openRocksDB(directory);
      const pairs = await again.range('default', bytes('a'), bytes('z'), 10);
      expect(pairs.map(({ key, value }) => `${key}=${value}`)).toEqual(['a=A', 'c=C']);
      expect(await again.get('default', bytes('b'))).toBeUndefined();
      expect(String(await again.get('offset', bytes('a')))).toBe('other');
      await again.close();
    }));

  test('holds the consume queues of a store', () =>
    withTemporaryDirectory(async (root) => {
      const open = () =>
        openTestStore(root, {
          files: new NodeFiles(),
          clock: new VirtualClock(),
          config: { storeType: 'defaultRocksDB' },
        });
      const store = await open();
      for (let i = 0; i < 20; i++) await putAndWait(store, testMessage({ body: bytes(`body ${i}`) }));
      await store.close();
      const again = await open();
      expect((await readQueue(again, 'TopicTest', 0)).map(({ body }) => body)).toEqual(
        Array.from({ length: 20 }, (_, i) => `body ${i}`),
      );
      await again.close();
    }));
});
