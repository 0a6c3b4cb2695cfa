// Numbered messages through our clients while the network or the server fails, and what must hold of them afterwards.
import { type ClientPorts, nodePorts, Producer, PushConsumer } from '@rocketmq-ts/client';
import { type ConnectOptions, type Net, silentLogger } from '@rocketmq-ts/common';
import { became, sleep } from './wait.js';

const SEND_TIMEOUT_MS = 2000;
/** Beyond its time-out a call may take this long on a busy machine. */
const SLACK_MS = 2500;
const PAUSE_MS = 3;

/** Node's ports, but connections to some ports go elsewhere. */
export function redirected(ports: ReadonlyMap<number, number>): ClientPorts {
  const real = nodePorts(silentLogger);
  const net: Net = {
    listen: (...given) => real.net.listen(...given),
    connect: (options: ConnectOptions) =>
      real.net.connect({ ...options, port: ports.get(options.port) ?? options.port }),
  };
  return { ...real, net };
}

export interface TrafficOptions {
  readonly nameServers: string;
  readonly topic: string;
  readonly ports: ClientPorts;
  readonly order: 'none' | 'queue';
}

/** Several senders, each with a key of its own and one message at a time, and a consumer. */
export class Traffic {
  readonly consumer: PushConsumer;
  readonly producer: Producer;
  /** Messages that a broker has acknowledged. */
  readonly acknowledged = new Set<string>();
  /** Every delivery, in order. */
  readonly received: string[] = [];
  failures = 0;
  /** The longest time that a send took, ms. */
  longestMs = 0;
  readonly #topic: string;
  #sending = false;
  #senders: Promise<void>[] = [];

  constructor({ nameServers, topic, ports, order }: TrafficOptions) {
    const shared = { nameServers, heartbeatIntervalMs: 1000, routeRefreshIntervalMs: 1000, requestTimeoutMs: 1500 };
    this.#topic = topic;
    this.producer = new Producer({ ...shared, group: `${topic}-p`, sendTimeoutMs: SEND_TIMEOUT_MS }, ports);
    this.consumer = new PushConsumer(
      {
        ...shared,
        group: `${topic}-c`,
        order,
        consumeFrom: 'first',
        subscriptions: { [topic]: '*' },
        rebalanceIntervalMs: 1000,
        onMessage: async ({ body }) => {
          const text = body.toString();
          await sleep(0);
          this.received.push(text);
        },
      },
      ports,
    );
  }

  async start(senders = 4): Promise<void> {
    await this.consumer.start();
    this.#sending = true;
    this.#senders = Array.from({ length: senders }, (_, key) => this.#send(`k${key}`));
  }

  /** Runs for a while, and says how many messages were acknowledged in it. */
  async during(ms: number): Promise<number> {
    const before = this.acknowledged.size;
    await sleep(ms);
    return this.acknowledged.size - before;
  }

  /** Waits until messages are acknowledged and delivered again. */
  async flows(withinMs: number): Promise<boolean> {
    const [sent, received] = [this.acknowledged.size, this.received.length];
    return became(() => this.acknowledged.size > sent + 10 && this.received.length > received + 10, withinMs);
  }

  /** Ends the senders and waits for what is on its way; gives what was acknowledged and did not come. */
  async missing(withinMs = 30_000): Promise<string[]> {
    this.#sending = false;
    await Promise.all(this.#senders);
    const lost = (): string[] => {
      const came = new Set(this.received);
      return [...this.acknowledged].filter((text) => !came.has(text));
    };
    await became(() => lost().length === 0, withinMs, 200);
    return lost();
  }

  /** Keys whose messages came first in another order than they were sent. */
  disordered(): string[] {
    const latest = new Map<string, number>();
    const seen = new Set<string>();
    const wrong = new Set<string>();
    for (const text of this.received) {
      if (seen.has(text)) continue;
      seen.add(text);
      const [key = '', number] = text.split(':');
      if (Number(number) < (latest.get(key) ?? -1)) wrong.add(key);
      latest.set(key, Number(number));
    }
    return [...wrong];
  }

  /** Whether no send took longer than it may. */
  get isPunctual(): boolean {
    return this.longestMs < SEND_TIMEOUT_MS + SLACK_MS;
  }

  async close(): Promise<void> {
    this.#sending = false;
    await Promise.all(this.#senders);
    await Promise.all([this.consumer.close({ timeoutMs: 5000 }), this.producer.close({ timeoutMs: 5000 })]);
  }

  async #send(key: string): Promise<void> {
    for (let number = 0; this.#sending; ) {
      const began = performance.now();
      const body = `${key}:${number}`;
      try {
        await this.producer.send({ topic: this.#topic, body }, { hashKey: key });
        this.acknowledged.add(body);
        number++;
        await sleep(PAUSE_MS);
      } catch {
        // The same message again: whatever has failed, it must come back in the end.
        this.failures++;
        this.longestMs = Math.max(this.longestMs, performance.now() - began);
        await sleep(50);
      }
    }
  }
}
