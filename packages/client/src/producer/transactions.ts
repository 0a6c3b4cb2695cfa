/** Transactional messages, the producer's side: half messages, how they end, and brokers that ask. */
import { decodeMessageId, MessageConst, MessageSysFlag } from '@rocketmq-ts/common';
import {
  type CheckTransactionStateRequestHeader,
  END_TRANSACTION,
  type EndTransactionRequestHeader,
} from '@rocketmq-ts/remoting';
import type { ClientInstance } from '../client-instance.js';
import type { TransactionCheck } from '../client-member.js';
import type { ReceivedMessage } from '../consumer/received-message.js';
import { BrokerNotFoundError, InvalidArgumentError } from '../errors.js';
import type { SystemProperties } from './outgoing-message.js';
import { DEFAULT_REGION_ID, type SendResult } from './send-result.js';

/** How a local transaction ended; `unknown` has the broker ask again later. Source: LocalTransactionState. */
export type TransactionState = 'commit' | 'rollback' | 'unknown';

/** Says how a local transaction ended, when a broker asks because it was not told. */
export type TransactionChecker = (message: ReceivedMessage) => TransactionState | Promise<TransactionState>;

/** What the application does between the half message and its end. */
export type LocalTransaction = (half: SendResult) => TransactionState | Promise<TransactionState>;

/** What became of a transactional message. Source: TransactionSendResult. */
export interface TransactionResult extends SendResult {
  readonly state: TransactionState;
}

/** The message whose transaction ends; its topic has the namespace. */
export type Ended = Pick<ReceivedMessage<unknown>, 'topic' | 'tag' | 'keys'>;

/** An end that was decided. */
export interface TransactionEnd {
  readonly state: TransactionState;
  readonly message: Pick<ReceivedMessage<unknown>, 'messageId' | 'topic' | 'tag' | 'keys'>;
  readonly transactionId: string | undefined;
  readonly brokerAddress: string;
  /** Region of the broker; for message traces. */
  readonly regionId: string;
  /** A broker has asked. */
  readonly fromCheck: boolean;
}

export interface TransactionsOptions {
  readonly client: ClientInstance;
  /** With the namespace. */
  readonly group: string;
  readonly onCheck: TransactionChecker | undefined;
  /** Told of every end before it is sent. */
  readonly onEnd: (end: TransactionEnd) => void;
  readonly onError: (what: string, error: unknown) => void;
}

/** Ends are sent without an answer, and waited for no longer than this. */
const END_TIMEOUT_MS = 3000;
/** The remark must fit into the header's share of a frame. */
const MAX_REMARK_CHARS = 4096;

const END_FLAG: Readonly<Record<TransactionState, number>> = {
  commit: MessageSysFlag.TRANSACTION_COMMIT,
  rollback: MessageSysFlag.TRANSACTION_ROLLBACK,
  unknown: MessageSysFlag.TRANSACTION_NOT,
};

/** Source: DefaultMQProducerImpl#sendMessageInTransaction, #endTransaction, #checkTransactionState. */
export class Transactions {
  readonly #options: TransactionsOptions;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** What makes a message a half message. */
  get halfProperties(): SystemProperties {
    return [
      [MessageConst.PROPERTY_TRANSACTION_PREPARED, 'true'],
      [MessageConst.PROPERTY_PRODUCER_GROUP, this.#options.group],
    ];
  }

  /**
   * Runs the local transaction on a stored half message and tells the broker how it ended.
   * What it throws is thrown on, and the broker will ask. `half.queue` has the namespace.
   */
  async run(half: SendResult, message: Ended, local: LocalTransaction): Promise<TransactionResult> {
    // A half message that may get lost with its broker is not worth a local transaction.
    if (half.status !== 'SEND_OK') return this.#finish(half, message, 'rollback');
    let state: TransactionState;
    try {
      state = checkedState(await local(half));
    } catch (error) {
      await this.#finish(half, message, 'unknown', `executeLocalTransactionBranch exception: ${textOf(error)}`);
      throw error;
    }
    return this.#finish(half, message, state);
  }

  /** A broker asks for the end of a half message. */
  async check({ header, message, address }: TransactionCheck): Promise<void> {
    const { onCheck, onError } = this.#options;
    if (onCheck === undefined) {
      onError('check of a transaction', new InvalidArgumentError('onCheck: a broker asks, and the producer has none'));
      return;
    }
    let state: TransactionState = 'unknown';
    let remark: string | undefined;
    try {
      state = checkedState(await onCheck(message));
    } catch (error) {
      onError('check of a transaction', error);
      remark = `checkLocalTransactionState Exception: ${textOf(error)}`;
    }
    const end = {
      state,
      message,
      transactionId: header.transactionId,
      brokerAddress: address,
      regionId: message.property(MessageConst.PROPERTY_MSG_REGION) || DEFAULT_REGION_ID,
      fromCheck: true,
    };
    await this.#tell(this.#checkedEnd(header, message, state), end, remark);
  }

  async #finish(
    half: SendResult,
    message: Ended,
    state: TransactionState,
    remark?: string,
  ): Promise<TransactionResult> {
    const { client, group, onError } = this.#options;
    const { messageId, offsetMessageId, queue, queueOffset, transactionId, regionId } = half;
    const brokerName = client.routes.brokerNameOf(queue);
    const address = client.routes.masterAddress(brokerName);
    if (address === undefined) {
      onError('end of a transaction', new BrokerNotFoundError(brokerName));
      return { ...half, state };
    }
    const header = {
      topic: message.topic,
      producerGroup: group,
      tranStateTableOffset: queueOffset,
      commitLogOffset: decodeMessageId(offsetMessageId).offset,
      commitOrRollback: END_FLAG[state],
      fromTransactionCheck: false,
      msgId: messageId,
      transactionId,
      bname: brokerName,
    };
    const ended = { ...message, messageId };
    const end = { state, message: ended, transactionId, brokerAddress: address, regionId, fromCheck: false };
    await this.#tell(header, end, remark);
    return { ...half, state };
  }

  #checkedEnd(
    header: CheckTransactionStateRequestHeader,
    { messageId }: ReceivedMessage,
    state: TransactionState,
  ): EndTransactionRequestHeader {
    return {
      topic: header.topic,
      producerGroup: this.#options.group,
      tranStateTableOffset: header.tranStateTableOffset,
      commitLogOffset: header.commitLogOffset,
      commitOrRollback: END_FLAG[state],
      fromTransactionCheck: true,
      msgId: messageId,
      transactionId: header.transactionId,
      bname: header.bname,
    };
  }

  /** One way: when it gets lost the broker asks. */
  async #tell(header: EndTransactionRequestHeader, end: TransactionEnd, remark: string | undefined): Promise<void> {
    this.#options.onEnd(end);
    const options = { timeoutMs: END_TIMEOUT_MS, remark: remark?.slice(0, MAX_REMARK_CHARS) };
    try {
      await this.#options.client.remoting.oneway(end.brokerAddress, END_TRANSACTION, header, options);
    } catch (error) {
      this.#options.onError('end of a transaction', error);
    }
  }
}

function checkedState(state: TransactionState): TransactionState {
  if (Object.hasOwn(END_FLAG, state)) return state;
  throw new InvalidArgumentError(`a local transaction ends with 'commit', 'rollback' or 'unknown', not '${state}'`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
