/** RocketMQ's own message trace as the reference writes it: text, its fields and records ended by control characters. */

/** What kind of message was sent, by its ordinal. Source: MessageType. */
export const TraceMessageType = { NORMAL: 0, HALF: 1, COMMIT: 2, DELAY: 3, ORDER: 4 } as const;

/** What the reference calls consume return types, by their ordinals. Source: ConsumeReturnType. */
export const ContextCode = { SUCCESS: 0, TIME_OUT: 1, EXCEPTION: 2, RETURNNULL: 3, FAILED: 4 } as const;

interface TraceBase {
  /** ms since the epoch. */
  readonly timestamp: number;
  readonly regionId: string;
  /** Without its namespace. */
  readonly group: string;
  readonly messageId: string;
  /** Separated by spaces. */
  readonly keys: string | undefined;
}

/** A send that a broker has acknowledged. */
export interface PubTrace extends TraceBase {
  readonly type: 'Pub';
  readonly topic: string;
  readonly tags: string | undefined;
  readonly storeHost: string;
  readonly bodyBytes: number;
  readonly tookMs: number;
  readonly messageType: number;
  /** Clients before 4.5 do not tell it. */
  readonly offsetMessageId: string | undefined;
  readonly success: boolean;
}

/** A message that is about to be handled. */
export interface SubBeforeTrace extends TraceBase {
  readonly type: 'SubBefore';
  /** The same before and after. */
  readonly requestId: string;
  readonly retryTimes: number;
}

/** A message that was handled. */
export interface SubAfterTrace extends TraceBase {
  readonly type: 'SubAfter';
  readonly requestId: string;
  readonly tookMs: number;
  readonly success: boolean;
  readonly contextCode: number;
}

/** The end of a transaction. */
export interface EndTransactionTrace extends TraceBase {
  readonly type: 'EndTransaction';
  readonly topic: string;
  readonly tags: string | undefined;
  readonly storeHost: string;
  readonly transactionId: string | undefined;
  readonly state: 'COMMIT_MESSAGE' | 'ROLLBACK_MESSAGE' | 'UNKNOW';
  readonly fromCheck: boolean;
}

/** A delayed message that was taken back. */
export interface RecallTrace extends TraceBase {
  readonly type: 'Recall';
  readonly topic: string;
  readonly success: boolean;
}

/** Any of them. */
export type TraceRecord = PubTrace | SubBeforeTrace | SubAfterTrace | EndTransactionTrace | RecallTrace;

/** Ends a field that is not the last. */
export const FIELD_END = '\u0001';
/** Ends a record. */
export const RECORD_END = '\u0002';

/** One record. Source: TraceDataEncoder#encoderFromContextBean. */
export function encodeTrace(record: TraceRecord): string {
  const fields = fieldsOf(record).map((field) => (field === undefined ? 'null' : String(field)));
  return `${record.type}${FIELD_END}${fields.join(FIELD_END)}${RECORD_END}`;
}

function fieldsOf(record: TraceRecord): readonly (string | number | boolean | undefined)[] {
  const { timestamp, regionId, group, messageId, keys } = record;
  switch (record.type) {
    case 'Pub': {
      const { topic, tags, storeHost, bodyBytes, tookMs, messageType, offsetMessageId, success } = record;
      const sent = [storeHost, bodyBytes, tookMs, messageType, offsetMessageId, success];
      return [timestamp, regionId, group, topic, messageId, tags, keys, ...sent];
    }
    case 'SubBefore':
      return [timestamp, regionId, group, record.requestId, messageId, record.retryTimes, keys];
    case 'SubAfter': {
      const { requestId, tookMs, success, contextCode } = record;
      return [requestId, messageId, tookMs, success, keys, contextCode, timestamp, group];
    }
    case 'EndTransaction': {
      const { topic, tags, storeHost, transactionId, state, fromCheck } = record;
      const end = [storeHost, TraceMessageType.COMMIT, transactionId, state, fromCheck];
      return [timestamp, regionId, group, topic, messageId, tags, keys, ...end];
    }
    case 'Recall':
      return [timestamp, regionId, group, record.topic, messageId, record.success];
  }
}
