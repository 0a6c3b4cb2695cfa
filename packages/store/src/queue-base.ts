/** What queues of every kind are made of; see `ConsumeQueueInterface`, which shows all of it for reading only. */
import type { QueueContext } from './consume-queue-interface.js';

export abstract class QueueBase {
  readonly topic: string;
  readonly queueId: number;
  nextOffset = 0;
  minOffset = 0;
  maxOffset = 0;
  abstract readonly physicalEnd: number;
  dirty = false;
  expectedMaxOffset = 0;
  protected readonly context: QueueContext;
  protected isDestroyed = false;

  constructor(topic: string, queueId: number, context: QueueContext) {
    this.topic = topic;
    this.queueId = queueId;
    this.context = context;
  }

  touch(): number {
    return this.topic.length + (this.dirty ? 1 : 0);
  }
}
