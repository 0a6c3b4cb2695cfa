// The queues of one topic.
import type { AnyConsumeQueue } from './consume-queue-interface.js';

/** What a topic has in the store: its name in UTF-8, its counters and its queues. */
export class TopicQueues {
  readonly topic: string;
  readonly topicBytes: Uint8Array;
  readonly queues = new Map<number, AnyConsumeQueue>();
  /** Messages and bytes put since start. */
  putTimes = 0;
  putBytes = 0;

  constructor(topic: string) {
    this.topic = topic;
    this.topicBytes = Buffer.from(topic, 'utf8');
  }
}
