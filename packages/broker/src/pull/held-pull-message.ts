/** A pull request that is parked, and how it comes to its answer once it is woken. */
import { RocketMQError } from '@rocketmq-ts/common';
import type { MessageFilter } from '@rocketmq-ts/filter';
import { type PullMessageRequestHeader, ResponseCode } from '@rocketmq-ts/remoting';
import type { HeldPull } from '../longpolling/pull-request-hold.js';
import type { PullAnswer, PullExchange } from './pull-parts.js';

/** A parked pull with its request. */
export class HeldPullMessage implements HeldPull {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly filter: MessageFilter;
  readonly deadlineMs: number;
  readonly header: PullMessageRequestHeader;
  readonly exchange: PullExchange;
  readonly #onWake: (pull: HeldPullMessage) => void;

  constructor(
    pull: {
      header: PullMessageRequestHeader;
      /** The topic that is read. */
      topic: string;
      exchange: PullExchange;
      filter: MessageFilter;
      deadlineMs: number;
    },
    onWake: (pull: HeldPullMessage) => void,
  ) {
    this.header = pull.header;
    this.exchange = pull.exchange;
    this.filter = pull.filter;
    this.deadlineMs = pull.deadlineMs;
    this.topic = pull.topic;
    this.queueId = pull.header.queueId;
    this.queueOffset = pull.header.queueOffset;
    this.#onWake = onWake;
  }

  get abandoned(): boolean {
    return this.exchange.connection.closed;
  }

  wake(): void {
    this.#onWake(this);
  }
}

/** Carries a woken pull to its answer, as the dispatcher does with a fresh one. */
export function answerLater(
  exchange: PullExchange,
  run: () => PullAnswer | Promise<PullAnswer | undefined> | undefined,
): void {
  const fail = (error: unknown): void => {
    if (exchange.answered) throw error;
    if (error instanceof RocketMQError) exchange.answer({ code: error.code, remark: error.message });
    else exchange.answer({ code: ResponseCode.SYSTEM_ERROR, remark: String(error) });
  };
  try {
    const answer = run();
    if (answer instanceof Promise) answer.then((late) => late !== undefined && exchange.answer(late)).catch(fail);
    else if (answer !== undefined) exchange.answer(answer);
  } catch (error) {
    fail(error);
  }
}
