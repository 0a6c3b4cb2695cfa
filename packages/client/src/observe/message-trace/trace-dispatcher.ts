/** Gathers trace records and sends them to the trace topic, in the background and never more than fit. */
import { type Clock, KEY_SEPARATOR, SystemTopic, type Timer, withoutNamespace } from '@rocketmq-ts/common';
import type { ClientInstance } from '../../client-instance.js';
import type { ProducerMember } from '../../client-member.js';
import { settledWithin } from '../../lifetime.js';
import type { Recalled } from '../../producer/recalls.js';
import { SendPipeline } from '../../producer/send-pipeline.js';
import type { TransactionEnd } from '../../producer/transactions.js';
import { encodeTrace, type TraceRecord } from './trace-encoder.js';
import type { MessageTraceOptions } from './trace-options.js';

/** Whose traces they are. */
export interface TracedMember {
  /** With its namespace. */
  readonly group: string;
  readonly type: 'PRODUCE' | 'CONSUME';
}

/** More waiting records than this are dropped: traces must not hurt what they trace. */
const MAX_WAITING = 2048;
const BATCH_RECORDS = 10;
const MAX_BODY_CHARS = 128_000;
const FLUSH_INTERVAL_MS = 5000;
const SEND_TIMEOUT_MS = 5000;
const MAX_SENDS = 4;

/** Source: AsyncTraceDispatcher. */
export class TraceDispatcher {
  readonly client: ClientInstance;
  /** Without its namespace. */
  readonly group: string;
  readonly topic: string;
  readonly #clock: Clock;
  readonly #member: ProducerMember;
  readonly #pipeline: SendPipeline<Uint8Array>;
  readonly #waiting: TraceRecord[] = [];
  readonly #sending = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #registered = false;
  #closed = false;
  #dropped = 0;

  constructor(client: ClientInstance, { group, type }: TracedMember, { topic }: MessageTraceOptions) {
    this.client = client;
    this.#clock = client.ports.clock;
    this.group = withoutNamespace(group, client.options.namespace ?? '');
    this.topic = topic ?? SystemTopic.TRACE;
    const name = `_INNER_TRACE_PRODUCER-${this.group}-${type}-1`;
    this.#pipeline = new SendPipeline<Uint8Array>(client, name, { sendTimeoutMs: SEND_TIMEOUT_MS });
    this.#member = {
      kind: 'producer',
      group: name,
      topics: () => this.#pipeline.topics,
      checkTransaction: () => Promise.resolve(),
    };
  }

  /** Records that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  append(record: TraceRecord): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(record);
    if (this.#waiting.length >= BATCH_RECORDS) this.#send();
    else this.#timer ??= this.#clock.setTimer(FLUSH_INTERVAL_MS, () => this.#flush(), { background: true });
  }

  /** The producer has decided on a transaction. */
  transactionEnded({ state, message, transactionId, brokerAddress, regionId, fromCheck }: TransactionEnd): void {
    const states = { commit: 'COMMIT_MESSAGE', rollback: 'ROLLBACK_MESSAGE', unknown: 'UNKNOW' } as const;
    this.append({
      type: 'EndTransaction',
      timestamp: this.#clock.now(),
      regionId,
      group: this.group,
      topic: withoutNamespace(message.topic, this.client.options.namespace ?? ''),
      messageId: message.messageId,
      tags: message.tag,
      keys: message.keys.length === 0 ? undefined : message.keys.join(KEY_SEPARATOR),
      storeHost: brokerAddress,
      transactionId,
      state: states[state],
      fromCheck,
    });
  }

  /** A broker has answered a recall. */
  recalled({ topic, messageId, regionId, success }: Recalled): void {
    const timestamp = this.#clock.now();
    this.append({ type: 'Recall', timestamp, regionId, group: this.group, topic, messageId, keys: undefined, success });
  }

  /** Sends what waits, for no longer than `timeoutMs`; takes nothing more. */
  async close(timeoutMs: number): Promise<void> {
    this.#flush();
    this.#closed = true;
    await settledWithin(this.#clock, this.#drained(), timeoutMs);
    this.#waiting.length = 0;
    if (this.#registered) await this.client.unregister(this.#member);
  }

  async #drained(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#send(true);
  }

  #send(all = false): void {
    while (this.#sending.size < MAX_SENDS && this.#waiting.length >= (all || this.#closed ? 1 : BATCH_RECORDS)) {
      const sending: Promise<void> = this.#sendBatch(this.#waiting.splice(0, BATCH_RECORDS)).finally(() => {
        this.#sending.delete(sending);
        this.#send(this.#timer === undefined);
      });
      this.#sending.add(sending);
    }
  }

  async #sendBatch(records: readonly TraceRecord[]): Promise<void> {
    let body = '';
    let keys = new Set<string>();
    for (const record of records) {
      body += encodeTrace(record);
      keys.add(record.messageId);
      for (const key of record.keys?.split(KEY_SEPARATOR) ?? []) if (key !== '') keys.add(key);
      if (body.length < MAX_BODY_CHARS) continue;
      await this.#sendBody(body, keys);
      body = '';
      keys = new Set();
    }
    if (body !== '') await this.#sendBody(body, keys);
  }

  async #sendBody(body: string, keys: ReadonlySet<string>): Promise<void> {
    try {
      if (!this.#registered) {
        this.#registered = true;
        this.client.register(this.#member);
      }
      await this.#pipeline.send({ topic: this.topic, body: Buffer.from(body), keys: [...keys] }, {});
    } catch (error) {
      // Whatever it is: a trace that is lost must not be noticed by what was traced.
      this.client.options.logger.warn('message traces not sent', { topic: this.topic, error });
    }
  }
}

/** From the option: off, or a dispatcher. */
export function traceDispatcher(
  client: ClientInstance,
  member: TracedMember,
  option: boolean | MessageTraceOptions | undefined,
): TraceDispatcher | undefined {
  if (option === undefined || option === false) return undefined;
  return new TraceDispatcher(client, member, option === true ? {} : option);
}
