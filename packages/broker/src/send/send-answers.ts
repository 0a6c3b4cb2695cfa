/** How the outcome of a put becomes the answer to a send. */
import type { AsciiText } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import type { AppendResult, PutMessageStatus, PutWaiter } from '@rocketmq-ts/store';
import type { TopicPuts } from '../stats/topic-puts.js';
import { OffsetMsgIds } from './offset-msg-ids.js';
import type { SendExchange, SendParts } from './send-parts.js';

/** The response code of a message that is stored, though not as safely as asked; undefined when it is not stored. */
const STORED_CODES: Partial<Record<PutMessageStatus, number>> = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
};

type TimerRefusal = Extract<PutMessageStatus, `WHEEL_TIMER_${string}`>;

/** Source: SendMessageProcessor#handlePutMessageResult. */
export class SendAnswers {
  readonly #parts: Pick<SendParts, 'config' | 'storeConfig' | 'clock' | 'turn' | 'stats' | 'store' | 'maxMessageSize'>;
  readonly #msgIds: OffsetMsgIds;
  /** When the first answer of this turn left, ms; 0 when none has. */
  #turnMs = 0;
  readonly #endTurn = (): void => {
    this.#turnMs = 0;
  };

  constructor(
    parts: Pick<
      SendParts,
      'config' | 'storeConfig' | 'clock' | 'turn' | 'stats' | 'store' | 'maxMessageSize' | 'storeHost'
    >,
  ) {
    this.#parts = parts;
    this.#msgIds = new OffsetMsgIds(parts.storeHost);
  }

  /** Answers a request whose message the store has decided on. */
  answer(waiter: SendWaiter, status: PutMessageStatus, result: AppendResult | undefined): void {
    const code = status === 'PUT_OK' ? ResponseCode.SUCCESS : STORED_CODES[status];
    if (code !== undefined && result !== undefined) this.#answerStored(waiter, code, result);
    else waiter.exchange.answer(this.#refusal(status));
  }

  #answerStored(waiter: SendWaiter, code: number, result: AppendResult): void {
    const { exchange, puts, queueId } = waiter;
    const { config, stats } = this.#parts;
    stats.onPutTo(puts, queueId, result, this.#now() - exchange.arrivedMs);
    exchange.answer({
      code,
      header: {
        msgId: this.#msgIdsOf(result),
        queueId,
        queueOffset: result.queueOffset,
        transactionId: waiter.uniqKey,
        batchUniqId: waiter.batchUniqId,
        regionId: config.regionId,
        traceOn: config.traceOn,
        recallHandle: waiter.recallHandle,
      },
    });
  }

  /** The answers of a turn leave together: the clock is asked once. */
  #now(): number {
    if (this.#turnMs === 0) {
      this.#turnMs = this.#parts.clock.now();
      this.#parts.turn.output(this.#endTurn);
    }
    return this.#turnMs;
  }

  #msgIdsOf({ physicalOffset, physicalOffsets }: AppendResult): AsciiText {
    return physicalOffsets === undefined ? this.#msgIds.one(physicalOffset) : this.#msgIds.several(physicalOffsets);
  }

  #refusal(status: PutMessageStatus): { code: number; remark: string } {
    const [code, remark] = this.#refusalOf(status);
    return { code, remark };
  }

  #refusalOf(status: PutMessageStatus): [number, string] {
    switch (status) {
      case 'CREATE_MAPPED_FILE_FAILED':
        return [ResponseCode.SYSTEM_ERROR, 'create mapped file failed, server is busy or broken.'];
      case 'MESSAGE_ILLEGAL':
      case 'PROPERTIES_SIZE_EXCEEDED':
        return [
          ResponseCode.MESSAGE_ILLEGAL,
          `the message is illegal, maybe msg body or properties length not matched. msg body length limit ${this.#parts.maxMessageSize}B, msg properties length limit 32KB.`,
        ];
      case 'SERVICE_NOT_AVAILABLE':
        return [
          ResponseCode.SERVICE_NOT_AVAILABLE,
          `service not available now. It may be caused by one of the following reasons: the broker's disk is full [${this.#parts.store.flags.reason}], messages are put to the slave, message store has been shut down, etc.`,
        ];
      case 'OS_PAGE_CACHE_BUSY':
        return [ResponseCode.SYSTEM_BUSY, '[PC_SYNCHRONIZED]broker busy, start flow control for a while'];
      case 'LMQ_CONSUME_QUEUE_NUM_EXCEEDED':
        return [ResponseCode.LMQ_QUOTA_EXCEEDED, '[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]lmq consume queue num exceeded.'];
      case 'WHEEL_TIMER_MSG_ILLEGAL':
      case 'WHEEL_TIMER_FLOW_CONTROL':
      case 'WHEEL_TIMER_NOT_ENABLE':
        return this.#timerRefusalOf(status);
      default:
        return [ResponseCode.SYSTEM_ERROR, status];
    }
  }

  #timerRefusalOf(status: TimerRefusal): [number, string] {
    const { timerMaxDelaySec, timerCongestNumEachSlot: limit, timerWheelEnable } = this.#parts.storeConfig;
    switch (status) {
      case 'WHEEL_TIMER_MSG_ILLEGAL':
        return [
          ResponseCode.MESSAGE_ILLEGAL,
          `timer message illegal, the delay time should not be bigger than the max delay ${timerMaxDelaySec * 1000}ms; or if set del msg, the delay time should be bigger than the current time`,
        ];
      case 'WHEEL_TIMER_FLOW_CONTROL':
        return [
          ResponseCode.SYSTEM_ERROR,
          `timer message is under flow control, max num limit is ${limit * 2} or the current value is greater than ${limit} and less than ${limit * 2}, trigger random flow control`,
        ];
      default:
        return [
          ResponseCode.SYSTEM_ERROR,
          `accurate timer message is not enabled, timerWheelEnable is ${timerWheelEnable}`,
        ];
    }
  }
}

/** Answers one request when the store is done with its message: one small object per message, no closure. */
export class SendWaiter implements PutWaiter {
  /** The unique id of a batch that is stored as one message. */
  batchUniqId: string | undefined = undefined;
  /** With which a timed message is taken back. */
  recallHandle: string | undefined = undefined;

  constructor(
    private readonly answers: SendAnswers,
    readonly exchange: SendExchange,
    readonly puts: TopicPuts | undefined,
    readonly queueId: number,
    readonly uniqKey: string | AsciiText | undefined,
  ) {}

  touch(): number {
    return this.puts?.touch(this.queueId) ?? 0;
  }

  putDone(status: PutMessageStatus, result: AppendResult | undefined): void {
    this.answers.answer(this, status, result);
  }
}
