import type { Clock, FileHandle, OpenMode } from '@rocketmq-ts/common';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { openTestStore, putAndWait, testMessage } from './test-store.js';

/** A clock whose monotonic time a test pushes forward in the middle of a call, as a slow disk does. */
class LateClock extends VirtualClock implements Clock {
  lateMs = 0;

  override monotonicMs(): number {
    return super.monotonicMs() + this.lateMs;
  }
}

/** A disk of which each write takes its time. */
class SlowFiles extends MemoryFiles {
  writeMs = 0;
  readonly #clock: LateClock;

  constructor(clock: LateClock) {
    super({ clock });
    this.#clock = clock;
  }

  override openSync(path: string, mode: OpenMode): FileHandle {
    const handle = super.openSync(path, mode);
    const writeSync = handle.writeSync.bind(handle);
    handle.writeSync = (buffer, offset, length, position) => {
      if (path.includes('/commitlog/')) this.#clock.lateMs += this.writeMs;
      writeSync(buffer, offset, length, position);
    };
    return handle;
  }
}

test('a write that takes longer than osPageCacheBusyTimeOutMills refuses messages for a moment', async () => {
  const clock = new LateClock();
  const files = new SlowFiles(clock);
  const store = await openTestStore('/store', { files, clock, config: { osPageCacheBusyTimeOutMills: 1000 } });
  files.writeMs = 1000;
  expect((await putAndWait(store, testMessage())).status).toBe('PUT_OK');
  expect(store.isOsPageCacheBusy()).toBe(false);
  files.writeMs = 1001;
  expect((await putAndWait(store, testMessage())).status).toBe('PUT_OK');
  expect(store.isOsPageCacheBusy()).toBe(true);
  expect((await putAndWait(store, testMessage())).status).toBe('OS_PAGE_CACHE_BUSY');
  files.writeMs = 0;
  await clock.advance(100);
  expect(store.isOsPageCacheBusy()).toBe(false);
  const { status, result } = await putAndWait(store, testMessage());
  expect([status, result?.queueOffset]).toEqual(['PUT_OK', 2]);
  await store.close();
});
