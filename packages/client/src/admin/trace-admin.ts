/** Message traces: what producers and consumers wrote about a message on its way. */
import { IndexType, SystemTopic } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { decodeTraces } from '../observe/message-trace/trace-decoder.js';
import type { TraceRecord } from '../observe/message-trace/trace-encoder.js';
import { hasCode } from './admin-errors.js';
import type { MessageAdmin } from './message-admin.js';

/** A record of a trace, and `ip` of the client that wrote it. */
export type MessageTrace = TraceRecord & { readonly clientHost: string };

export interface TraceQuery {
  /** Where clients write their traces. Default: `RMQ_SYS_TRACE_TOPIC`. */
  readonly traceTopic?: string;
  /** Store time of the traces, ms since the epoch. Default: all there are. */
  readonly beginMs?: number;
  readonly endMs?: number;
  /** Most messages of the trace topic that are looked at; each holds several records. Default: 64. */
  readonly maxMessages?: number;
}

/** Source: QueryMsgTraceByIdSubCommand, TraceView. */
export class TraceAdmin {
  readonly #messages: Pick<MessageAdmin, 'query'>;

  constructor(messages: Pick<MessageAdmin, 'query'>) {
    this.#messages = messages;
  }

  /** All records about a message, oldest first; empty when nobody wrote any. `messageId` is its unique id. */
  async byMessageId(messageId: string, query: TraceQuery = {}): Promise<MessageTrace[]> {
    const found = await this.#carriers(messageId, query);
    const traces = found.flatMap(({ body, bornHost }) =>
      decodeTraces(body.toString()).map((record) => ({ ...record, clientHost: bornHost.address })),
    );
    return traces.filter((trace) => trace.messageId === messageId).sort((a, b) => a.timestamp - b.timestamp);
  }

  async #carriers(key: string, query: TraceQuery): ReturnType<MessageAdmin['query']> {
    const { traceTopic = SystemTopic.TRACE, beginMs = 0, endMs = Number.MAX_SAFE_INTEGER, maxMessages = 64 } = query;
    const search = { topic: traceTopic, key, maxNum: maxMessages, begin: beginMs, end: endMs };
    try {
      return await this.#messages.query({ ...search, indexType: IndexType.KEY });
    } catch (error) {
      if (hasCode(error, ResponseCode.NO_MESSAGE)) return [];
      throw error;
    }
  }
}
