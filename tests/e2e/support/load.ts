// Producers that keep requests outstanding on a connection each, and write down what is acknowledged.
import type { Answer } from './frame.js';
import { checkedBody, type Ledger, type Queue } from './ledger.js';
import type { SeededRandom } from './random.js';
import { RawClient } from './raw-client.js';
import { batchRequest, type Message, Status, sendRequest } from './requests.js';

export interface LoadOptions {
  readonly port: number;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Begins every key, so that no key comes twice in the life of a store. */
  readonly prefix: string;
  readonly queues: readonly Queue[];
  readonly connections?: number;
  readonly outstanding?: number;
  /** Sizes of bodies, each as often as it stands there. */
  readonly bodySizes?: readonly number[];
  /** One request in so many is a batch. */
  readonly batchEach?: number;
}

const MAX_BATCH = 12;
const BODY_SIZES = [1024, 100];

/** Load on one server until it is stopped or the server dies. */
export class Load {
  readonly refusals = new Map<string, number>();
  readonly #options: LoadOptions;
  readonly #clients: RawClient[] = [];
  #sequence = 0;
  #stopped = false;

  private constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Connects and begins to send. */
  static async start(options: LoadOptions): Promise<Load> {
    const load = new Load(options);
    for (const queue of options.queues) options.ledger.watch(queue);
    for (let i = 0; i < (options.connections ?? 4); i++) load.#clients.push(await RawClient.open(options.port));
    for (const client of load.#clients) for (let i = 0; i < (options.outstanding ?? 32); i++) load.#next(client);
    return load;
  }

  /** Sends nothing more and waits for what is outstanding. */
  async drain(timeoutMs = 5000): Promise<void> {
    this.#stopped = true;
    const end = performance.now() + timeoutMs;
    while (this.#clients.some(({ outstanding, isClosed }) => outstanding > 0 && !isClosed)) {
      if (performance.now() > end) throw new Error(`requests are unanswered after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.close();
  }

  /** The server is gone: waits until all its answers have been read. */
  async ended(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients.map(({ closed }) => closed));
  }

  close(): void {
    this.#stopped = true;
    for (const client of this.#clients) client.destroy();
  }

  #next(client: RawClient): void {
    if (this.#stopped || client.isClosed) return;
    const { random, batchEach = 10 } = this.#options;
    const queue = random.pick(this.#options.queues);
    const isBatch = batchEach > 0 && random.below(batchEach) === 0;
    const messages = Array.from({ length: isBatch ? random.between(2, MAX_BATCH) : 1 }, () => this.#message(queue));
    client.send(isBatch ? batchRequest(messages) : sendRequest(messages[0]!), {
      answered: (answer) => {
        this.#take(messages, answer);
        this.#next(client);
      },
      failed: () => undefined, // not acknowledged: nothing was promised
    });
  }

  #message({ topic, queueId }: Queue): Message {
    const key = `${this.#options.prefix}-${this.#sequence++}`;
    const { random, bodySizes = BODY_SIZES } = this.#options;
    return { topic, queueId, key, body: checkedBody(key, random.pick(bodySizes)) };
  }

  #take(messages: readonly Message[], answer: Answer): void {
    if (answer.code !== Status.SUCCESS) {
      const text = `${answer.code} ${answer.remark.slice(0, 60)}`;
      this.refusals.set(text, (this.refusals.get(text) ?? 0) + 1);
      return;
    }
    const first = Number(answer.ext.get('queueOffset'));
    const { ledger } = this.#options;
    messages.forEach((message, index) => {
      ledger.acknowledge(message, first + index);
    });
  }
}
