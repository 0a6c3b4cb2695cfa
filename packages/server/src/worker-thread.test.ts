import { silentLogger } from '@rocketmq-ts/common';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { ScriptedThread } from './test-scripted-thread.js';
import { WorkerThread, type WorkerThreadTraits } from './worker-thread.js';

const TRAITS: WorkerThreadTraits = {
  name: 'tested',
  entry: new URL('file:///tested.js'),
  memory: {},
  idleMs: 1000,
  maxWaiting: 2,
  whenFailed: 'it failed',
  jobsAreLost: 'afterEnd',
};

let clock: VirtualClock;
let threads: ScriptedThread[];
let logged: string[];
let ended: unknown[];

beforeEach(() => {
  clock = new VirtualClock();
  [threads, logged, ended] = [[], [], []];
});

function newWorkerThread(traits: Partial<WorkerThreadTraits> = {}): WorkerThread<string, string> {
  const logger = { ...silentLogger, error: (text: string) => void logged.push(text) };
  const startThread = () => {
    const thread = new ScriptedThread();
    threads.push(thread);
    return thread.asThread();
  };
  return new WorkerThread({ clock, logger, startThread }, { ...TRAITS, ...traits });
}

/** One whose thread is ready and has these jobs. */
function newReady(jobs: readonly string[], traits: Partial<WorkerThreadTraits> = {}): WorkerThread<string, string> {
  const worker = newWorkerThread(traits);
  worker.start();
  threads[0]?.emit('online');
  for (const job of jobs) {
    expect(worker.takesJob()).toBe(true);
    worker.give(job, [], (outcome) => ended.push(outcome));
  }
  return worker;
}

describe('jobs', () => {
  test('are taken once the thread is ready, and keep no process alive', () => {
    const worker = newWorkerThread();
    expect(worker.takesJob()).toBe(false);
    worker.start();
    worker.start();
    expect(threads).toHaveLength(1);
    expect(threads[0]?.calls).toEqual(['unref']);
    expect([worker.isStarted, worker.takesJob()]).toEqual([true, false]);
    threads[0]?.emit('online');
    expect(worker.takesJob()).toBe(true);
  });

  test('are answered in their order, of which undefined is one answer', () => {
    newReady(['a', 'b']);
    expect(threads[0]?.jobs).toEqual(['a', 'b']);
    threads[0]?.emit('message', undefined);
    threads[0]?.emit('message', 'B');
    threads[0]?.emit('message', 'nobody asked');
    expect(ended).toEqual([undefined, 'B']);
  });

  test('are refused while as many wait as may', () => {
    const worker = newReady(['a', 'b']);
    expect(worker.takesJob()).toBe(false);
    threads[0]?.emit('message', 'A');
    expect(worker.takesJob()).toBe(true);
  });
});

describe('a thread that idles', () => {
  test('ends when it was not used for the time, and a new one may start', async () => {
    const worker = newReady([]);
    await clock.advance(1000);
    expect(threads[0]?.calls).toEqual(['unref']);
    await clock.advance(1000);
    expect(threads[0]?.calls).toEqual(['unref', 'terminate']);
    expect([worker.isStarted, worker.takesJob()]).toEqual([true, false]);
    threads[0]?.end();
    expect([worker.isStarted, clock.timerCount]).toEqual([false, 0]);
    worker.start();
    expect(threads).toHaveLength(2);
  });

  test('stays while it is asked, even when it takes nothing', async () => {
    const worker = newWorkerThread();
    worker.start();
    for (let i = 0; i < 5; i++) {
      await clock.advance(1000);
      expect(worker.takesJob()).toBe(false);
    }
    expect(threads[0]?.calls).toEqual(['unref']);
  });

  test('stays while a job waits', async () => {
    newReady(['a']);
    await clock.advance(5000);
    expect(threads[0]?.calls).toEqual(['unref']);
    threads[0]?.emit('message', 'A');
    await clock.advance(1000);
    expect(threads[0]?.calls).toEqual(['unref', 'terminate']);
  });

  test('changes nothing for the next one by a late answer or its end', async () => {
    const worker = newReady(['a'], { jobsAreLost: 'atOnce' });
    threads[0]?.emit('message', 'A');
    await clock.advance(2000);
    worker.start();
    threads[1]?.emit('online');
    worker.give('b', [], (outcome) => ended.push(outcome));
    threads[0]?.emit('message', 'late');
    threads[0]?.end();
    expect([ended, worker.isStarted, worker.takesJob()]).toEqual([['A'], true, true]);
  });
});

describe('a thread that is closed', () => {
  test('loses its jobs after it has ended, where it may be at work until then', async () => {
    const worker = newReady(['a', 'b']);
    const closed = worker.close();
    await clock.settle();
    expect([ended, worker.takesJob()]).toEqual([[], false]);
    threads[0]?.emit('message', 'A');
    threads[0]?.end();
    await closed;
    expect(ended).toEqual(['A', undefined]);
  });

  test('loses its jobs at once, where it is at nothing of ours', async () => {
    const worker = newReady(['a', 'b'], { jobsAreLost: 'atOnce' });
    const closed = worker.close();
    expect(ended).toEqual([undefined, undefined]);
    threads[0]?.emit('message', 'A');
    threads[0]?.end();
    await closed;
    expect(ended).toEqual([undefined, undefined]);
  });

  test('is followed by no other', async () => {
    const worker = newWorkerThread();
    await worker.close();
    worker.start();
    expect([threads.length, worker.isStarted]).toEqual([0, false]);
  });
});

describe('a thread that fails', () => {
  test('says so once, loses its jobs and is followed by no other', () => {
    const worker = newReady(['a', 'b']);
    threads[0]?.emit('error', new Error('out of memory'));
    threads[0]?.end();
    expect([logged, ended, clock.timerCount]).toEqual([['it failed'], [undefined, undefined], 0]);
    worker.start();
    expect([threads.length, worker.takesJob()]).toEqual([1, false]);
  });
});
