// What a consumer of ours was given, in order, for tests that wait for it.
import type { ReceivedMessage } from '@rocketmq-ts/client';

const POLL_MS = 20;
const QUIET_MS = 500;
const TIMEOUT_MS = 30_000;

/** Every delivery, repeated ones too. */
export class Deliveries {
  readonly messages: ReceivedMessage[] = [];

  add(message: ReceivedMessage): void {
    this.messages.push(message);
  }

  get bodies(): string[] {
    return this.messages.map(({ body }) => body.toString());
  }

  /** Waits for so many deliveries. */
  async received(count: number, timeoutMs = TIMEOUT_MS): Promise<readonly ReceivedMessage[]> {
    const end = Date.now() + timeoutMs;
    while (this.messages.length < count) {
      if (Date.now() > end) throw new Error(`${this.messages.length} of ${count} messages after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return this.messages;
  }

  /** Waits for so many deliveries, and then a moment in which too many could still come. */
  async settled(count: number): Promise<readonly ReceivedMessage[]> {
    await this.received(count);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    return this.messages;
  }

  /** Bodies in the order in which each queue's messages came. */
  byQueue(): Map<string, string[]> {
    const queues = new Map<string, string[]>();
    for (const { queue, body } of this.messages) {
      const key = `${queue.brokerName}/${queue.queueId}`;
      const bodies = queues.get(key) ?? [];
      bodies.push(body.toString());
      queues.set(key, bodies);
    }
    return queues;
  }
}
