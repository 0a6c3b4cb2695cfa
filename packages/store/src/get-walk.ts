// The state of one get while it walks along a queue.
import type { Lender } from '@rocketmq-ts/common';
import type { GetMessageResult, GetMessageStatus } from './api.js';
import type { GetConfig } from './get-limits.js';
import type { RecordBytes } from './record-bytes.js';

/** The answer to a get, while it is made. */
export class GetWalk implements GetMessageResult {
  status: GetMessageStatus = 'NO_MATCHED_MESSAGE';
  nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly queueOffsets: number[] = [];
  totalBytes = 0;
  messageCount = 0;
  suggestPullingFromSlave = false;
  /** Physical offset of the last entry looked at. */
  lastPhysicalOffset = 0;
  /** Entries before this physical offset are skipped: their file is gone. */
  skipUntil = -1;
  readonly #chunks: Uint8Array[] = [];
  readonly #lenders: (Lender | undefined)[] = [];
  /** Where the chunk lies that is being joined. */
  #lastData: RecordBytes | undefined;
  #lastStart = 0;
  #lastEnd = 0;

  constructor(offset: number, minOffset: number, maxOffset: number) {
    this.nextBeginOffset = offset;
    this.minOffset = minOffset;
    this.maxOffset = maxOffset;
  }

  /** True when there is something to read at the offset that was asked for; else the status and the next offset say so. */
  inRange(config: Pick<GetConfig, 'brokerRole' | 'offsetCheckInSlave'>): boolean {
    const { minOffset, maxOffset, nextBeginOffset: offset } = this;
    if (offset >= minOffset && offset < maxOffset) return true;
    let next = offset;
    if (maxOffset === 0) {
      this.status = 'NO_MESSAGE_IN_QUEUE';
      next = 0;
    } else if (offset < minOffset) {
      this.status = 'OFFSET_TOO_SMALL';
      next = minOffset;
    } else if (offset === maxOffset) this.status = 'OFFSET_OVERFLOW_ONE';
    else {
      this.status = 'OFFSET_OVERFLOW_BADLY';
      next = maxOffset;
    }
    // A slave keeps the offset that was asked for: it may just be behind its master.
    if (config.brokerRole !== 'SLAVE' || config.offsetCheckInSlave) this.nextBeginOffset = next;
    return false;
  }

  /** Takes the record at `at`, or several from there on; what lies behind the last in the same memory is joined to it. */
  add(data: RecordBytes, at: number, sizeBytes: number, queueOffset: number, count = 1): void {
    if (data !== this.#lastData || at !== this.#lastEnd) {
      this.#endChunk();
      this.#lastData = data;
      this.#lastStart = at;
    }
    this.#lastEnd = at + sizeBytes;
    for (let i = 0; i < count; i++) this.queueOffsets.push(queueOffset + i);
    this.totalBytes += sizeBytes;
    this.messageCount += count;
    this.status = 'FOUND';
    this.skipUntil = -1;
  }

  get bodyChunks(): readonly Uint8Array[] {
    this.#endChunk();
    return this.#chunks;
  }

  get lenders(): readonly (Lender | undefined)[] {
    this.#endChunk();
    return this.#lenders;
  }

  #endChunk(): void {
    const data = this.#lastData;
    if (data === undefined) return;
    this.#lastData = undefined;
    this.#chunks.push(data.part(this.#lastStart, this.#lastEnd - this.#lastStart));
    this.#lenders.push(data.lender);
  }

  /** Says why nothing was found, as long as nothing was. */
  miss(status: GetMessageStatus): void {
    if (this.totalBytes === 0) this.status = status;
  }
}
