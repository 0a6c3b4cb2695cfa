// One JVM with the unmodified Apache clients in it, driven by JSON lines; it lives as long as a suite.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pattern } from './body.js';
import { Child } from './child.js';
import { judgeClassPath } from './java.js';

/** A message to send: the body as text or as a pattern; `shard` picks the queue of a selector. */
export interface MessageSpec {
  readonly topic: string;
  readonly body?: string;
  readonly pattern?: Pattern;
  readonly tags?: string;
  readonly keys?: string;
  readonly flag?: number;
  readonly delayLevel?: number;
  readonly delaySec?: number;
  readonly delayMs?: number;
  readonly deliverAtMs?: number;
  readonly properties?: Readonly<Record<string, string>>;
  readonly shard?: string;
}

/** What a Java client threw. */
export interface Thrown {
  readonly type: string;
  readonly message: string;
  readonly code?: number;
  readonly cause?: Thrown;
}

/** A send result of a Java client; `error` instead of the rest when it threw. */
export interface Sent {
  readonly status: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly queueOffset: number;
  readonly queueId: number;
  readonly brokerName: string;
  readonly topic: string;
  /** Of a timed message: with it the message is taken back. */
  readonly recallHandle?: string;
  readonly error?: Thrown;
}

/** A message as a Java client received it. */
export interface Received {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly msgId: string;
  readonly tags?: string;
  readonly keys?: string;
  readonly flag: number;
  readonly sysFlag: number;
  readonly storeSize: number;
  readonly bodyCrc: number;
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
  readonly bornHost: string;
  readonly storeHost: string;
  readonly commitLogOffset: number;
  readonly reconsumeTimes: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly bodyLength: number;
  readonly bodySha256: string;
  readonly body?: string;
  readonly attempt?: number;
}

/** A queue as Java's MessageQueue. */
export interface Queue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

/** The answer to one pull of a Java client. */
export interface PullResult {
  readonly pullStatus: string;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly msgFoundList?: readonly Received[];
}

/** A client call that threw, with what it threw. */
export class JudgeError extends Error {
  readonly thrown: Thrown;

  constructor(command: string, thrown: Thrown) {
    super(`${command}: ${JSON.stringify(thrown)}`);
    this.thrown = thrown;
  }
}

/** The version of the clients, and system properties of their JVM. */
export interface JudgeOptions {
  readonly version: string;
  readonly properties?: Readonly<Record<string, string>>;
}

type Options = Readonly<Record<string, unknown>>;
interface Answer {
  readonly seq?: number;
  readonly ready?: boolean;
  readonly result?: unknown;
  readonly error?: Thrown;
}

const MARK = '@@';
const START_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 90_000;
const POLL_MS = 100;

/** A running judge. */
export class Judge {
  readonly version: string;
  readonly #child: Child;
  readonly #home: string;
  readonly #open = new Map<number, (answer: Answer) => void>();
  #seq = 0;
  #names = 0;

  private constructor(options: JudgeOptions, onReady: () => void) {
    this.version = options.version;
    this.#home = mkdtempSync(join(tmpdir(), 'judge-'));
    const properties = {
      'user.home': this.#home,
      'file.encoding': 'UTF-8',
      'rocketmq.client.logRoot': this.#home,
      'rocketmq.client.logLevel': 'WARN',
      ...options.properties,
    };
    const jvm = ['-Xms64m', '-Xmx768m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const defines = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    this.#child = new Child({
      command: 'java',
      args: [...jvm, ...defines, '-cp', judgeClassPath(options.version), 'judge.Main'],
      logFile: join(this.#home, 'judge.log'),
      onLine: (line) => this.#take(line, onReady),
    });
    void this.#child.exited.then(() => this.#failAll());
  }

  /** The home directory of the JVM, where clients keep files. */
  get home(): string {
    return this.#home;
  }

  static async start(options: JudgeOptions): Promise<Judge> {
    const { promise, resolve } = defer();
    const judge = new Judge(options, resolve);
    const late = setTimeout(resolve, START_TIMEOUT_MS);
    await Promise.race([promise, judge.#child.exited]);
    clearTimeout(late);
    if (judge.#child.ended !== undefined) throw judge.#child.failure('did not start');
    return judge;
  }

  async stop(): Promise<void> {
    await this.#child.kill();
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** Runs one command of Commands.java; throws JudgeError with what the client threw. */
  async run<T>(command: string, options: Options = {}): Promise<T> {
    const seq = ++this.#seq;
    const answer = await new Promise<Answer>((resolve) => {
      const late = { type: 'Timeout', message: `no answer within ${COMMAND_TIMEOUT_MS} ms` };
      const timer = setTimeout(() => this.#settle({ seq, error: late }), COMMAND_TIMEOUT_MS);
      this.#open.set(seq, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      this.#child.write(JSON.stringify({ seq, do: command, with: options }));
    });
    if (answer.error) throw new JudgeError(`${command} ${JSON.stringify(options).slice(0, 300)}`, answer.error);
    return answer.result as T;
  }

  producer(options: Options): Promise<Producer> {
    return this.#client('producer', options, Producer);
  }

  push(options: Options): Promise<PushConsumer> {
    return this.#client('push', options, PushConsumer);
  }

  pull(options: Options): Promise<JudgeClient> {
    return this.#client('pull', options, JudgeClient);
  }

  lite(options: Options): Promise<JudgeClient> {
    return this.#client('lite', options, JudgeClient);
  }

  admin(options: Options): Promise<JudgeClient> {
    return this.#client('admin', options, JudgeClient);
  }

  /** Calls a public static method of any class. */
  callStatic<T>(type: string, method: string, ...args: readonly unknown[]): Promise<T> {
    return this.run<T>('static', { type, method, arguments: args });
  }

  /** Ends the JVM as a crash does. */
  async kill(): Promise<void> {
    await this.#child.kill();
  }

  async #client<C>(kind: string, options: Options, make: new (judge: Judge, name: string) => C): Promise<C> {
    const client = `${kind}-${++this.#names}`;
    // Clients of one instance name share a connection and an identity, which tests never want by accident.
    await this.run(kind, { instance: client, ...options, client });
    return new make(this, client);
  }

  #take(line: string, onReady: () => void): boolean {
    if (!line.startsWith(MARK)) return false;
    const answer = JSON.parse(line.slice(MARK.length)) as Answer;
    if (answer.ready) onReady();
    else this.#settle(answer);
    return true;
  }

  #settle(answer: Answer): void {
    const seq = answer.seq ?? 0;
    const settle = this.#open.get(seq);
    this.#open.delete(seq);
    settle?.(answer);
  }

  #failAll(): void {
    const error = { type: 'Ended', message: `the judge ended: ${this.#child.ended}` };
    for (const seq of [...this.#open.keys()]) this.#settle({ seq, error });
  }
}

/** A client in the judge; any of its public Java methods can be called by name. */
export class JudgeClient {
  protected readonly judge: Judge;
  protected readonly name: string;
  #stopped = false;

  constructor(judge: Judge, name: string) {
    this.judge = judge;
    this.name = name;
  }

  call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.judge.run<T>('call', { client: this.name, method, arguments: args });
  }

  /** Shuts the client down, and waits until it has stored its offsets and taken its leave. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.judge.run('stop', { client: this.name });
  }

  /** Shuts the client down without waiting for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.judge.run('leave', { client: this.name });
  }
}

/** A producer: `send` answers one result for each message, or one in all for a batch. */
export class Producer extends JudgeClient {
  send(mode: string, messages: readonly MessageSpec[], queue?: Queue): Promise<Sent[]> {
    return this.judge.run<Sent[]>('send', { client: this.name, mode, messages, ...(queue ? { queue } : {}) });
  }

  /** Sends a message that asks for a reply, and gives the reply. */
  request(message: MessageSpec, timeoutMs: number): Promise<Received> {
    return this.judge.run<Received>('request', { client: this.name, messages: [message], timeoutMs });
  }
}

/** A push consumer: `received` waits for a number of deliveries and gives all so far. */
export class PushConsumer extends JudgeClient {
  received(count: number, timeoutMs = 30_000): Promise<Received[]> {
    return this.judge.run<Received[]>('await', { client: this.name, count, timeoutMs });
  }

  queues(): Promise<Queue[]> {
    return this.judge.run<Queue[]>('queues', { client: this.name });
  }
}

/** Asks again until the condition holds; fails with the last answer when the time is over. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > end)
      throw new Error(`still not so after ${timeoutMs} ms: ${JSON.stringify(answer).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function defer(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
