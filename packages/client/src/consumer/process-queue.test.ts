// What is cached of a queue, and how far its consumption has come.
import { HostAddress, MessageRecord } from '@rocketmq-ts/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes } from '../codec.js';
import { ProcessQueue } from './process-queue.js';
import { ReceivedMessage } from './received-message.js';

const queue = { topic: 'T', brokerName: 'b', queueId: 0 };
const source = { codec: bytes as never, compressors: { get: () => undefined }, topicOf: (topic: string) => topic };

function message(queueOffset: number): ReceivedMessage {
  const record = new MessageRecord();
  record.queueOffset = queueOffset;
  record.storeSize = 100;
  record.storeHost = record.bornHost = HostAddress.of('127.0.0.1', 1).bytes;
  return new ReceivedMessage(record, queue, source, 0);
}

describe('a process queue', () => {
  test('commits up to the first message that is not done with', () => {
    const processQueue = new ProcessQueue(queue);
    const [a, b, c] = [message(5), message(6), message(9)];
    processQueue.add([a!, b!, c!]);
    expect(processQueue).toMatchObject({ count: 3, bytes: 300, minOffset: 5, maxOffset: 9, commitOffset: 5, span: 4 });
    expect(processQueue.settle(b!)).toBe(5);
    expect(processQueue.settle(a!)).toBe(9);
    expect(processQueue.settle(c!)).toBe(10);
    expect(processQueue).toMatchObject({ count: 0, bytes: 0, minOffset: undefined, commitOffset: 10, span: 0 });
  });

  test('counts a message that is settled twice once', () => {
    const processQueue = new ProcessQueue(queue);
    const one = message(1);
    processQueue.add([one, message(2)]);
    processQueue.settle(one);
    processQueue.settle(one);
    expect(processQueue).toMatchObject({ count: 1, bytes: 100 });
  });

  test('leaves out what it has had before', () => {
    const processQueue = new ProcessQueue(queue);
    processQueue.add([message(1), message(2)]);
    expect(processQueue.add([message(2), message(3)]).map((each) => each.queueOffset)).toEqual([3]);
  });

  test('hands messages out in order, and again after they were put back', () => {
    const processQueue = new ProcessQueue(queue);
    processQueue.add([1, 2, 3].map(message));
    const first = processQueue.take(2);
    expect(first.map((each) => each.queueOffset)).toEqual([1, 2]);
    expect(processQueue.waiting).toBe(1);
    processQueue.settle(first[0]!);
    processQueue.putBack();
    expect(processQueue.take(9).map((each) => each.queueOffset)).toEqual([2, 3]);
  });

  test('never commits beyond what is done with, in whatever order that happens', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 3000 }, (_, i) => i),
          { minLength: 2500 },
        ),
        (order) => {
          const processQueue = new ProcessQueue(queue);
          const messages = Array.from({ length: 3000 }, (_, i) => message(i));
          processQueue.add(messages);
          const done = new Set<number>();
          for (const index of order) {
            done.add(index);
            const offset = processQueue.settle(messages[index]!);
            expect(offset === 3000 || !done.has(offset)).toBe(true);
          }
          expect(processQueue.count).toBe(3000 - order.length);
          expect([...processQueue.cached()].length).toBe(3000 - order.length);
        },
      ),
      { numRuns: 5 },
    );
  });
});
