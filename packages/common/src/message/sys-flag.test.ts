import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CompressionType, compressionTypeOf, parseCompressionType } from '../compression/compressor.js';
import {
  buildPullSysFlag,
  clearCompressedFlag,
  hasSysFlag,
  MessageSysFlag,
  PullSysFlag,
  transactionValue,
  withTransactionValue,
} from './sys-flag.js';

const golden: {
  readonly pullSysFlag: readonly {
    readonly flag: number;
    readonly commitOffset: boolean;
    readonly suspend: boolean;
    readonly subscription: boolean;
    readonly classFilter: boolean;
    readonly litePull: boolean;
  }[];
  readonly messageSysFlag: readonly {
    readonly flag: number;
    readonly transaction: number;
    readonly compressionType: string | { readonly error: string };
    readonly compressed: boolean;
    readonly bornV6: boolean;
    readonly storeV6: boolean;
  }[];
} = JSON.parse(readFileSync(new URL('testdata/sys-flags.json', import.meta.url), 'utf8'));
const constants = JSON.parse(readFileSync(new URL('../testdata/constants.json', import.meta.url), 'utf8'));

describe('system flags', () => {
  test('of messages mean what they mean in the reference', () => {
    for (const row of golden.messageSysFlag) {
      expect(transactionValue(row.flag)).toBe(row.transaction);
      expect(hasSysFlag(row.flag, MessageSysFlag.COMPRESSED)).toBe(row.compressed);
      expect(hasSysFlag(row.flag, MessageSysFlag.BORN_HOST_V6)).toBe(row.bornV6);
      expect(hasSysFlag(row.flag, MessageSysFlag.STORE_HOST_V6)).toBe(row.storeV6);
      if (typeof row.compressionType === 'string') {
        expect(compressionTypeOf(row.flag)).toBe(parseCompressionType(row.compressionType));
      } else {
        expect(() => compressionTypeOf(row.flag)).toThrow('Unknown compress type value');
      }
    }
    expect(withTransactionValue(0x115, MessageSysFlag.TRANSACTION_COMMIT)).toBe(0x119);
    expect(clearCompressedFlag(0x301)).toBe(0x300);
    expect(CompressionType.ZSTD).toBe(2);
  });

  test('of pulls are built as in the reference', () => {
    for (const { flag, ...parts } of golden.pullSysFlag) expect(buildPullSysFlag(parts)).toBe(flag);
  });

  test('have the values of the reference', () => {
    const theirs = Object.values(constants['org.apache.rocketmq.common.sysflag.MessageSysFlag']);
    expect(new Set(Object.values(MessageSysFlag))).toEqual(new Set(theirs));
    expect(Object.values(PullSysFlag)).toEqual(
      Object.values(constants['org.apache.rocketmq.common.sysflag.PullSysFlag']),
    );
  });
});
