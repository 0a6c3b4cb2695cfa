// The queues of one topic.
import type { AnyConsumeQueue } from './consume-queue-interface.js';

/** What a topic has in the store: its name in UTF-8 and its queues. */
export class TopicQueues {
  readonly topic: string;
  readonly topicBytes: Uint8Array;
  readonly queues = new Map<number, AnyConsumeQueue>();

  constructor(topic: string) {
    this.topic = topic;
    this.topicBytes = Buffer.from(topic, 'utf8');
  }
}
