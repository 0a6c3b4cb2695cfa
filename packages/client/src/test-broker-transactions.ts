/** The half messages of a simulated broker, for the tests of this package. */
import { encodeMessageId, encodeProperties, type HostAddress, type MessageQueue } from '@rocketmq-ts/common';
import {
  type Answer,
  CHECK_TRANSACTION_STATE,
  codecOf,
  type EndTransactionRequestHeader,
  ResponseCode,
  type SendMessageRequestHeaderV2,
  type SendMessageResponseHeader,
} from '@rocketmq-ts/remoting';
import type { FakeMembers } from './test-broker-members.js';
import { bodyOf, type FakeStore, propertiesOf } from './test-broker-store.js';

interface Half {
  readonly queue: MessageQueue;
  readonly record: Buffer;
  readonly group: string;
}

export class FakeTransactions {
  /** Half messages that wait for their end, by offset in the half queue. */
  readonly halves = new Map<number, Half>();
  readonly ends: EndTransactionRequestHeader[] = [];
  /** Remarks of the ends. */
  readonly remarks: (string | undefined)[] = [];
  #nextHalf = 0;
  readonly #brokerName: string;
  readonly #host: HostAddress;
  readonly #store: FakeStore;
  readonly #members: FakeMembers;

  constructor(brokerName: string, host: HostAddress, parts: { store: FakeStore; members: FakeMembers }) {
    this.#brokerName = brokerName;
    this.#host = host;
    this.#store = parts.store;
    this.#members = parts.members;
  }

  half(
    queue: MessageQueue,
    body: Buffer,
    { properties = '', flag, sysFlag }: SendMessageRequestHeaderV2,
  ): Answer<SendMessageResponseHeader> {
    const half = { topic: 'HALF', queueId: 0, brokerName: this.#brokerName };
    this.#store.append(half, body, String(properties), flag, sysFlag);
    const record = this.#store.stored(half).at(-1)!;
    const queueOffset = this.#nextHalf++;
    this.halves.set(queueOffset, { queue, record, group: propertiesOf(record).get('PGROUP')! });
    const msgId = encodeMessageId(this.#host.bytes, 7000 + queueOffset);
    return {
      code: ResponseCode.SUCCESS,
      header: { msgId, queueId: 0, queueOffset, transactionId: `tx${queueOffset}` },
    };
  }

  end(header: EndTransactionRequestHeader, remark: string | undefined): Answer<never> {
    this.ends.push(header);
    this.remarks.push(remark);
    const half = this.halves.get(header.tranStateTableOffset);
    if (half === undefined || header.commitOrRollback === 0) return { code: ResponseCode.SUCCESS };
    this.halves.delete(header.tranStateTableOffset);
    const { queue, record } = half;
    if (header.commitOrRollback === 8) {
      this.#store.append(queue, Buffer.from(bodyOf(record)), encodeProperties(propertiesOf(record)), 0);
    }
    return { code: ResponseCode.SUCCESS };
  }

  /** Asks for the end of all half messages. */
  check(): void {
    const { code, name, request } = CHECK_TRANSACTION_STATE;
    for (const [offset, { queue, record, group }] of this.halves) {
      const values = {
        topic: queue.topic,
        tranStateTableOffset: offset,
        commitLogOffset: 7000 + offset,
        transactionId: `tx${offset}`,
        bname: this.#brokerName,
      };
      for (const connection of this.#members.producersOf(group)) {
        connection.oneway({ code, name, codec: codecOf(request), values, body: record });
      }
    }
  }
}
