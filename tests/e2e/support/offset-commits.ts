// A consumer that commits offsets all the time, and how far back they are after a kill.
import { RawClient } from './raw-client.js';
import { Code, createTopic } from './requests.js';

const GROUP = 'kill-consumer';
const TOPIC = 'kill-a';
const QUEUES = [0, 1, 2, 3];
const INTERVAL_MS = 20;

interface Commit {
  readonly atMs: number;
  readonly offset: number;
}

/** The history of commits over all rounds of a store. */
export class OffsetCommits {
  readonly #acknowledged = new Map<number, Commit[]>(QUEUES.map((queueId) => [queueId, []]));
  #client: RawClient | undefined;
  #loop: Promise<void> | undefined;
  #next = 0;

  /** Commits that the server has answered with success. */
  get count(): number {
    return [...this.#acknowledged.values()].reduce((sum, commits) => sum + commits.length, 0);
  }

  /** Creates the topic and the group; commits to what does not exist are refused. */
  async prepare(port: number): Promise<void> {
    const client = await RawClient.open(port);
    await createTopic(client, TOPIC);
    const group = { groupName: GROUP, consumeEnable: true, retryQueueNums: 1, retryMaxTimes: 16, brokerId: 0 };
    const answer = await client.call({ code: Code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify(group) });
    if (answer.code !== 0) throw new Error(`group ${GROUP}: ${answer.code} ${answer.remark}`);
    client.destroy();
  }

  /** Commits until the server goes away. */
  async start(port: number): Promise<void> {
    const client = await RawClient.open(port);
    this.#client = client;
    this.#loop = this.#run(client);
  }

  async ended(): Promise<void> {
    await this.#client?.closed;
    await this.#loop;
  }

  /**
   * Queues whose offset is older than what had been committed at `sinceMs`, or newer than anything that was sent.
   * What is found now has been on the disk, and must still be there after the next kill; what was lost may stay lost.
   */
  async problems(client: RawClient, sinceMs: number): Promise<string[]> {
    const problems: string[] = [];
    for (const [queueId, commits] of this.#acknowledged) {
      const least = commits.findLast(({ atMs }) => atMs <= sinceMs)?.offset;
      const ext = { consumerGroup: GROUP, topic: TOPIC, queueId: `${queueId}`, setZeroIfNotFound: 'false' };
      const answer = await client.call({ code: Code.QUERY_CONSUMER_OFFSET, ext });
      const found = answer.code === 0 ? Number(answer.ext.get('offset')) : undefined;
      const isBack = least !== undefined && (found === undefined || found < least);
      if (isBack || (found ?? 0) > this.#next)
        problems.push(`queue ${queueId}: committed ${least}, found ${found} of ${this.#next}`);
      commits.splice(0, commits.length, ...(found === undefined ? [] : [{ atMs: 0, offset: found }]));
    }
    return problems;
  }

  async #run(client: RawClient): Promise<void> {
    while (!client.isClosed) {
      const offset = ++this.#next;
      const commits = QUEUES.map((queueId) => this.#commit(client, queueId, offset));
      await Promise.all(commits).catch(() => undefined); // the kill
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }

  async #commit(client: RawClient, queueId: number, offset: number): Promise<void> {
    const ext = { consumerGroup: GROUP, topic: TOPIC, queueId: `${queueId}`, commitOffset: `${offset}` };
    const answer = await client.call({ code: Code.UPDATE_CONSUMER_OFFSET, ext });
    if (answer.code === 0) this.#acknowledged.get(queueId)!.push({ atMs: performance.now(), offset });
  }
}
