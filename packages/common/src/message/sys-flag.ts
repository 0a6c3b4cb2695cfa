/** The bit fields `sysFlag` of a message and of a pull request: names of the bits and the few operations on them. */

/**
 * Bits of a message's system flag.
 *
 * ```
 * 0x0001 body compressed        0x0010 born host is IPv6    0x0700 compression type:
 * 0x0002 several tags           0x0020 store host is IPv6          0 or 3 zlib, 1 LZ4, 2 zstd
 * 0x000C transaction: 4 prepared, 8 commit, C rollback
 * 0x0040 body is a batch to unwrap (set by clients)    0x0080 inner batch (batch consume queue)
 * ```
 * Source: MessageSysFlag.
 */
export const MessageSysFlag = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  TRANSACTION_NOT: 0x0,
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  TRANSACTION_ROLLBACK: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  NEED_UNWRAP: 0x40,
  INNER_BATCH: 0x80,
  COMPRESSION_LZ4: 0x100,
  COMPRESSION_ZSTD: 0x200,
  COMPRESSION_ZLIB: 0x300,
  COMPRESSION_TYPE_MASK: 0x700,
} as const;

/** The transaction state in a message's system flag: one of the `TRANSACTION_*` values. */
export function transactionValue(sysFlag: number): number {
  return sysFlag & MessageSysFlag.TRANSACTION_ROLLBACK;
}

/** The flag with its transaction state replaced. */
export function withTransactionValue(sysFlag: number, value: number): number {
  return (sysFlag & ~MessageSysFlag.TRANSACTION_ROLLBACK) | value;
}

/** The flag without its bit for a compressed body; the compression type stays, as in the reference. */
export function clearCompressedFlag(sysFlag: number): number {
  return sysFlag & ~MessageSysFlag.COMPRESSED;
}

/** True when at least one bit of `bits` is set. Source: MessageSysFlag#check. */
export function hasSysFlag(sysFlag: number, bits: number): boolean {
  return (sysFlag & bits) !== 0;
}

/** Bits of a pull request's system flag. Source: PullSysFlag. */
export const PullSysFlag = {
  COMMIT_OFFSET: 0x1,
  SUSPEND: 0x2,
  SUBSCRIPTION: 0x4,
  CLASS_FILTER: 0x8,
  LITE_PULL: 0x10,
} as const;

/** What a pull request asks for; absent means no. */
export interface PullSysFlagParts {
  readonly commitOffset?: boolean;
  readonly suspend?: boolean;
  readonly subscription?: boolean;
  readonly classFilter?: boolean;
  readonly litePull?: boolean;
}

/** Builds the system flag of a pull request. */
export function buildPullSysFlag(parts: PullSysFlagParts): number {
  return (
    (parts.commitOffset ? PullSysFlag.COMMIT_OFFSET : 0) |
    (parts.suspend ? PullSysFlag.SUSPEND : 0) |
    (parts.subscription ? PullSysFlag.SUBSCRIPTION : 0) |
    (parts.classFilter ? PullSysFlag.CLASS_FILTER : 0) |
    (parts.litePull ? PullSysFlag.LITE_PULL : 0)
  );
}
