/** How much one get may answer. Source: DefaultMessageStore#isTheBatchFull, #estimateInMemByCommitOffset. */

/** The settings that bound a get; they may change while it runs. */
export interface GetConfig {
  readonly maxTransferBytesOnMessageInMemory: number;
  readonly maxTransferCountOnMessageInMemory: number;
  readonly maxTransferBytesOnMessageInDisk: number;
  readonly maxTransferCountOnMessageInDisk: number;
  readonly maxFilterMessageSize: number;
  readonly travelCqFileNumWhenGetMessage: number;
  readonly accessMessageInMemoryMaxRatio: number;
  readonly brokerRole: string;
  readonly offsetCheckInSlave: boolean;
}

/** What the reference allows at most, whatever is asked for. */
const MAX_PULL_BYTES = 128 * 1024 * 1024;
const MIN_PULL_BYTES = 100;

/** The bounds of one get. */
export class GetLimits {
  readonly #config: GetConfig;
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly #memoryBytes: number;

  constructor(config: GetConfig, maxMessages: number, maxBytes: number | undefined, physicalMemoryBytes: number) {
    this.#config = config;
    this.maxMessages = maxMessages;
    this.maxBytes = Math.min(Math.max(maxBytes ?? MAX_PULL_BYTES, MIN_PULL_BYTES), MAX_PULL_BYTES);
    this.#memoryBytes = Math.floor(physicalMemoryBytes * (config.accessMessageInMemoryMaxRatio / 100));
  }

  /** True when a message counts as being in memory: so near is it to the end of the log. */
  isInMemory(physicalEnd: number, physicalOffset: number): boolean {
    return physicalEnd - physicalOffset <= this.#memoryBytes;
  }

  /** True when a further message of `sizeBytes` must wait for the next get. The first always goes. */
  isFull(count: number, totalBytes: number, sizeBytes: number, inMemory: boolean): boolean {
    if (count === 0 || totalBytes === 0) return false;
    return count >= this.messageLimit(inMemory) || totalBytes + sizeBytes > this.byteLimit(inMemory);
  }

  /** Messages that one answer holds at most. */
  messageLimit(inMemory: boolean): number {
    const { maxTransferCountOnMessageInMemory, maxTransferCountOnMessageInDisk } = this.#config;
    return Math.min(this.maxMessages, inMemory ? maxTransferCountOnMessageInMemory : maxTransferCountOnMessageInDisk);
  }

  /** Bytes that one answer holds at most, unless its first message is longer. */
  byteLimit(inMemory: boolean): number {
    const { maxTransferBytesOnMessageInMemory, maxTransferBytesOnMessageInDisk } = this.#config;
    return Math.min(this.maxBytes, inMemory ? maxTransferBytesOnMessageInMemory : maxTransferBytesOnMessageInDisk);
  }
}
