import { silentLogger } from '@rocketmq-ts/common';
import { LOG_BLOCK_BYTES } from '@rocketmq-ts/store';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
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
