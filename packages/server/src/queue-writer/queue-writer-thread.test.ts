import { silentLogger } from '@rocketmq-ts/common';
import type { Stroke } from '@rocketmq-ts/store';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { ScriptedThread } from '../test-scripted-thread.js';
import { QueueWriterThread } from './queue-writer-thread.js';
import { type StrokeJob, StrokeState } from './stroke-job.js';

const STROKES: readonly Stroke[] = ['0', '1', '2'].map((queue) => {
  return {
    path: `/q/${queue}`,
    isNew: false,
    fileSizeBytes: 100,
    position: 0,
    bytes: Buffer.from(`bytes of ${queue}`),
  };
});

test('Of what a thread leaves behind, the event loop takes for written only what was written', async () => {
  const thread = new ScriptedThread();
  const parts = { clock: new VirtualClock(), logger: silentLogger, startThread: () => thread.asThread() };
  const writer = new QueueWriterThread(parts);
  expect(writer.write(STROKES, 'written')).toBeUndefined();
  thread.emit('online');
  const underWay = writer.write(STROKES, 'written')!;
  const { states, places } = thread.jobs[0] as StrokeJob;
  expect(places.map(({ path }) => path)).toEqual(['/q/0', '/q/1', '/q/2']);
  states.set([StrokeState.written, StrokeState.begun, StrokeState.waiting]);
  const closed = writer.close();
  expect([...states]).toEqual([StrokeState.written, StrokeState.begun, StrokeState.waiting]);
  thread.end();
  await closed;
  expect(await underWay.ended).toBe(false);
  expect([...states]).toEqual([StrokeState.written, StrokeState.failed, StrokeState.takenBack]);
  expect(STROKES.map((_, i) => underWay.end(i))).toEqual([true, false, false]);
});

test('A flush that failed is thrown to who waits for it', async () => {
  const thread = new ScriptedThread();
  const parts = { clock: new VirtualClock(), logger: silentLogger, startThread: () => thread.asThread() };
  const writer = new QueueWriterThread(parts);
  writer.write(STROKES, 'durable');
  thread.emit('online');
  const underWay = writer.write(STROKES, 'durable');
  thread.emit('message', { result: 'flushFailed', code: 'EIO', message: 'i/o error' });
  await expect(underWay?.ended).rejects.toMatchObject({ code: 'EIO' });
});
