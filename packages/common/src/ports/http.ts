/** A plain HTTP answer, as far as anybody here needs one. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface HttpGetOptions {
  /** From now until the whole answer is there. */
  readonly timeoutMs: number;
  /** A longer answer is an error. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Asks for small texts over HTTP. Node's implementation is `NodeHttp`. */
export interface Http {
  /** An answer of any status; redirections are not followed. Rejects when none comes in time, and with the signal's reason. */
  get(url: string, options: HttpGetOptions): Promise<HttpAnswer>;
}
