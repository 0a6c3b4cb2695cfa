import { silentLogger } from '@rocketmq-ts/common';
import { LOG_BLOCK_BYTES } from '@rocketmq-ts/store';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ScriptedThread } from '../test-scripted-thread.js';
import { LogReaderThread } from './log-reader-thread.js';

test('A thread is started by the seventeenth block that is asked for, and none before', () => {
  const threads: ScriptedThread[] = [];
  const startThread = () => {
    const thread = new ScriptedThread();
    threads.push(thread);
    return thread.asThread();
  };
  const reader = new LogReaderThread({ clock: new VirtualClock(), logger: silentLogger, startThread });
  const read = () => reader.read({ descriptor: 1, position: 0, physicalOffset: 0, sizeBytes: LOG_BLOCK_BYTES });
  for (let i = 0; i < 16; i++) expect(read()).toBeUndefined();
  expect(threads).toHaveLength(0);
  expect(read()).toBeUndefined();
  expect(threads).toHaveLength(1);
  threads[0]?.emit('online');
  expect(read()).toBeInstanceOf(Promise);
});

test('Without memory to share nothing is read elsewhere, and it is said once', () => {
  class Denied {
    constructor() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    }
  }
  vi.stubGlobal('WebAssembly', { Memory: Denied });
  onTestFinished(() => void vi.unstubAllGlobals());
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (text: string) => warnings.push(text) };
  const startThread = () => {
    throw new Error('a thread was started');
  };
  const reader = new LogReaderThread({ clock: new VirtualClock(), logger, startThread });
  for (let i = 0; i < 100; i++) {
    expect(reader.read({ descriptor: 1, position: 0, physicalOffset: 0, sizeBytes: LOG_BLOCK_BYTES })).toBeUndefined();
  }
  expect(warnings).toHaveLength(1);
});
