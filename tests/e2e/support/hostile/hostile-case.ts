// One malformed input, and what a server owes it.

/** Which port it is sent to. */
export type Link = 'broker' | 'namesrv';

/**
 * `answer`: a response with the same opaque. `answer-or-close`: the header may be unreadable to a server.
 * `close`: the connection ends. `nothing`: an unfinished frame; the server may wait for more.
 * `any`: a response may take long, or never come.
 */
export type Owed = 'answer' | 'answer-or-close' | 'close' | 'nothing' | 'any';

export interface HostileCase {
  /** For the report of a failure. */
  readonly name: string;
  readonly link: Link;
  readonly owed: Owed;
  /** The whole input; `opaque` is one that no other input of its connection has. */
  bytes(opaque: number): Buffer;
}

/** Cases that are run together, after which the server must be well. */
export interface HostileGroup {
  readonly cases: readonly HostileCase[];
  /** Connections that send at the same time; few for large inputs. */
  readonly lanes?: number;
}

/** A text that fits into a report. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text;
}
