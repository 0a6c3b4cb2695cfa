/** The options of message traces. */

/** Message traces for `mqadmin queryMsgTraceById`; true for the defaults. */
export interface MessageTraceOptions {
  /** Default: `RMQ_SYS_TRACE_TOPIC`. */
  readonly topic?: string;
}
