// Messages that are known from the start, and whether the server still serves them and takes new ones.
import { expect } from 'vitest';
import { checkedBody, Ledger } from './ledger.js';
import { RawClient } from './raw-client.js';
import { pullRequest, sendRequest } from './requests.js';
import { readStoredMessages } from './stored-message.js';

const TOPIC = 'known';
const QUEUES = [0, 1, 2, 3];

/** A ledger of its own topic. */
export class KnownMessages {
  readonly #ledger = new Ledger();
  #count = 0;

  constructor(private readonly port: number) {}

  /** Stores `count` messages. */
  async send(count: number): Promise<void> {
    const client = await RawClient.open(this.port);
    for (let i = 0; i < count; i++) await this.#sendOne(client);
    client.destroy();
  }

  /** A message goes in and comes out; gives the milliseconds that took on a new connection. */
  async roundTrip(): Promise<number> {
    const began = performance.now();
    const client = await RawClient.open(this.port);
    const { message, offset } = await this.#sendOne(client);
    const answer = await client.call(pullRequest(message, offset, 1));
    expect(answer.code, answer.remark).toBe(0);
    expect(readStoredMessages(answer.body)[0]?.body).toEqual(message.body);
    client.destroy();
    return performance.now() - began;
  }

  /** Everything that was ever sent, whole and in its place. */
  async check(): Promise<void> {
    const client = await RawClient.open(this.port);
    expect((await this.#ledger.check(client)).problems).toEqual([]);
    client.destroy();
  }

  async #sendOne(client: RawClient) {
    const key = `known-${this.#count++}`;
    const message = { topic: TOPIC, queueId: QUEUES[this.#count % QUEUES.length]!, key, body: checkedBody(key, 300) };
    this.#ledger.watch(message);
    const answer = await client.call(sendRequest(message));
    expect(answer.code, answer.remark).toBe(0);
    const offset = Number(answer.ext.get('queueOffset'));
    this.#ledger.acknowledge(message, offset);
    return { message, offset };
  }
}
