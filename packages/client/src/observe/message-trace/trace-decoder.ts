/** Reads RocketMQ's own message traces, from clients of any version; what cannot be read is left out. */
import type { EndTransactionTrace, PubTrace, RecallTrace, SubAfterTrace, SubBeforeTrace } from './trace-encoder.js';
import { FIELD_END, RECORD_END, type TraceRecord } from './trace-encoder.js';

/** The records of one message of the trace topic. Source: TraceDataEncoder#decoderFromTraceDataString. */
export function decodeTraces(text: string): TraceRecord[] {
  const records: TraceRecord[] = [];
  for (const part of text.split(RECORD_END)) {
    const [type, ...fields] = part.split(FIELD_END);
    const record = READERS.get(type ?? '')?.(fields);
    if (record !== undefined && isWhole(record)) records.push(record);
  }
  return records;
}

const READERS: ReadonlyMap<string, (fields: readonly string[]) => TraceRecord> = new Map<
  string,
  (fields: readonly string[]) => TraceRecord
>([
  ['Pub', readPub],
  ['SubBefore', readSubBefore],
  ['SubAfter', readSubAfter],
  ['EndTransaction', readEndTransaction],
  ['Recall', readRecall],
]);

/** Before 4.5 there was no offset message id. */
function readPub(fields: readonly string[]): PubTrace {
  const hasOffsetId = fields.length > 12;
  return {
    type: 'Pub',
    ...head(fields),
    topic: fields[3] ?? '',
    messageId: fields[4] ?? '',
    tags: words(fields[5]),
    keys: words(fields[6]),
    storeHost: fields[7] ?? '',
    bodyBytes: Number(fields[8]),
    tookMs: Number(fields[9]),
    messageType: Number(fields[10]),
    offsetMessageId: hasOffsetId ? words(fields[11]) : undefined,
    success: fields[hasOffsetId ? 12 : 11] === 'true',
  };
}

function readSubBefore(fields: readonly string[]): SubBeforeTrace {
  return {
    type: 'SubBefore',
    ...head(fields),
    requestId: fields[3] ?? '',
    messageId: fields[4] ?? '',
    retryTimes: Number(fields[5]),
    keys: words(fields[6]),
  };
}

/** Older clients end after the keys, or after the code. */
function readSubAfter(fields: readonly string[]): SubAfterTrace {
  return {
    type: 'SubAfter',
    requestId: fields[0] ?? '',
    messageId: fields[1] ?? '',
    tookMs: Number(fields[2]),
    success: fields[3] === 'true',
    keys: words(fields[4]),
    contextCode: Number(fields[5] ?? 0),
    timestamp: Number(fields[6] ?? 0),
    group: fields[7] ?? '',
    regionId: '',
  };
}

function readEndTransaction(fields: readonly string[]): EndTransactionTrace {
  const state = fields[10];
  return {
    type: 'EndTransaction',
    ...head(fields),
    topic: fields[3] ?? '',
    messageId: fields[4] ?? '',
    tags: words(fields[5]),
    keys: words(fields[6]),
    storeHost: fields[7] ?? '',
    transactionId: words(fields[9]),
    state: state === 'COMMIT_MESSAGE' || state === 'ROLLBACK_MESSAGE' ? state : 'UNKNOW',
    fromCheck: fields[11] === 'true',
  };
}

function readRecall(fields: readonly string[]): RecallTrace {
  const [, , , topic = '', messageId = '', success] = fields;
  return { type: 'Recall', ...head(fields), topic, messageId, keys: undefined, success: success === 'true' };
}

function head(fields: readonly string[]): { timestamp: number; regionId: string; group: string } {
  return { timestamp: Number(fields[0]), regionId: fields[1] ?? '', group: fields[2] ?? '' };
}

/** Java writes what is not there as `null`. */
function words(field: string | undefined): string | undefined {
  return field === undefined || field === '' || field === 'null' ? undefined : field;
}

function isWhole(record: TraceRecord): boolean {
  return record.messageId !== '' && Object.values(record).every((value) => !Number.isNaN(value));
}
