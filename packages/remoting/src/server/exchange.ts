/** One request under way on a server, from its arrival to its answer. */
import type { Connection } from '../connection/connection.js';
import type { BodyParts, OutgoingContent } from '../connection/outgoing.js';
import type { HeaderCodec } from '../protocol/header-codec.js';
import type { ExtFields, RemotingCommand } from '../remoting-command.js';
import type { Lane } from './lane.js';

/** What a request is answered with. `header` is the declared response header of its command. */
export interface Answer<H = unknown> {
  readonly code: number;
  readonly remark?: string | undefined;
  readonly header?: H | undefined;
  /** Fields besides the declared ones. */
  readonly ext?: ExtFields | undefined;
  /** Views are fine: what nobody lends is copied while answering. */
  readonly body?: BodyParts;
  readonly lenders?: OutgoingContent['lenders'];
}

/** Called when the answer of an exchange leaves, for statistics; must not throw. */
export type AnswerListener = (exchange: Exchange, answer: Answer) => void;

/**
 * Every exchange is answered exactly once, also when the request is one-way
 * (nothing is sent then, but its place in the lane becomes free).
 */
export class Exchange<H = unknown> {
  #answered = false;
  #inLane = true;

  constructor(
    readonly connection: Connection,
    readonly command: RemotingCommand,
    readonly lane: Lane,
    readonly responseCodec: HeaderCodec<unknown> | undefined,
    /** Wall clock at the arrival, ms. */
    readonly arrivedMs: number,
    readonly onAnswer: AnswerListener | undefined,
  ) {}

  get answered(): boolean {
    return this.#answered;
  }

  /** The request waits for something to happen, which costs nobody time: its place in the lane becomes free. */
  park(): void {
    if (!this.#inLane) return;
    this.#inLane = false;
    this.lane.leave();
  }

  /** Sends the answer; a second call is a bug and throws. */
  answer(answer: Answer<H>): void {
    if (this.#answered)
      throw new Error(`request ${this.command.code} (opaque ${this.command.opaque}) was answered twice`);
    this.#answered = true;
    this.park();
    this.onAnswer?.(this as Exchange, answer);
    if (!this.command.isOneway) {
      this.connection.respond(this.command, {
        code: answer.code,
        remark: answer.remark,
        codec: this.responseCodec,
        values: answer.header,
        ext: answer.ext,
        body: answer.body,
        lenders: answer.lenders,
      });
    }
    this.connection.release(this.command);
  }
}
