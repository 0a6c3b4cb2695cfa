import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { HostAddress, parseIp } from './host.js';
import {
  decodeMessageId,
  encodeMessageId,
  ipOfUniqueId,
  isMessageId,
  nearlyTimeOfUniqueId,
  pidOfUniqueId,
  UniqueIdGenerator,
} from './message-id.js';

const golden: {
  readonly messageId: readonly {
    readonly host: string;
    readonly port: number;
    readonly offset: number | string;
    readonly msgId: string;
    readonly decodedAddress: string;
  }[];
  readonly uniqId: readonly {
    readonly uniqId: string;
    readonly length: number;
    readonly ip: string;
    readonly pid: number;
    readonly 'nearlyTime(depends on the current month)': number;
  }[];
} = JSON.parse(readFileSync(new URL('testdata/messages.json', import.meta.url), 'utf8'));

/** The golden times were computed in UTC; months start at another moment elsewhere. */
function utcShift(year: number, month: number): number {
  return new Date(year, month, 1).getTime() - Date.UTC(year, month, 1);
}

describe('offset message ids', () => {
  test('are those of the reference', () => {
    for (const { host, port, offset, msgId, decodedAddress } of golden.messageId) {
      const address = HostAddress.of(host, port);
      expect(`/${address}`).toBe(decodedAddress);
      if (typeof offset === 'string') {
        expect(() => decodeMessageId(msgId)).toThrow('does not exist in any commit log');
        continue;
      }
      expect(encodeMessageId(address.bytes, offset)).toBe(msgId);
      expect(decodeMessageId(msgId.toLowerCase())).toEqual({ host: address, offset });
    }
  });

  test('of any other form are refused', () => {
    for (const text of ['', 'x', '7F00000100002A9F000000000000000', 'G'.repeat(32), '0'.repeat(40)]) {
      expect(isMessageId(text)).toBe(false);
      expect(() => decodeMessageId(text)).toThrow(`'${text}' is not of 32 or 56 hexadecimal digits`);
    }
  });

  test('of any digits decode or are refused in words', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(digits, (text) => {
        try {
          const { host, offset } = decodeMessageId(text);
          expect(encodeMessageId(host.bytes, offset)).toBe(text.toUpperCase());
        } catch (error) {
          expect(String(error)).toContain('does not exist in any commit log');
        }
      }),
    );
  });
});

describe('unique ids', () => {
  test('of the reference are read as the reference does', () => {
    // All were read at this moment; two lie in the month before.
    const now = Date.UTC(2026, 10, 21, 12) + utcShift(2026, 10);
    for (const row of golden.uniqId) {
      expect(row.uniqId).toHaveLength(row.length);
      expect(ipOfUniqueId(row.uniqId)).toBe(row.ip);
      expect(pidOfUniqueId(row.uniqId)).toBe(row.pid);
      const time = row['nearlyTime(depends on the current month)'];
      const shift = utcShift(2026, new Date(time).getUTCMonth());
      expect(nearlyTimeOfUniqueId(row.uniqId, now)).toBe(time + shift);
    }
  });

  function generatorAt(times: number[], ip?: Uint8Array): UniqueIdGenerator {
    let last = times[0]!;
    const clock = {
      now: () => {
        last = times.shift() ?? last;
        return last;
      },
    } as Clock;
    const random = { nextInt: () => 0xcafe_babe } as unknown as Random;
    return new UniqueIdGenerator({ clock, random, pid: 0x1_2345, ...(ip === undefined ? {} : { ip }) });
  }

  test('hold address, process, generator, time in the month and a counter', () => {
    const start = new Date(2024, 1, 1).getTime();
    const generator = generatorAt([start + 5], parseIp('10.0.0.255'));
    expect(generator.next()).toBe('0A0000FF2345CAFEBABE000000050000');
    expect(generator.next()).toBe('0A0000FF2345CAFEBABE000000050001');
    for (let i = 2; i < 0x1_0000; i++) generator.next();
    expect(generator.next()).toBe('0A0000FF2345CAFEBABE000000050000');
  });

  test('start again with a new month, and stand still when the clock goes a little back over its start', () => {
    const march = new Date(2024, 2, 1).getTime();
    const generator = generatorAt([march - 10, march + 7, march - 3], parseIp('::1'));
    expect(generator.next()).toBe(`${'0'.repeat(31)}12345CAFEBABE000000070000`);
    expect(generator.next()).toMatch(/000000000001$/);
  });

  test('take an address from the time when there is none', () => {
    expect(generatorAt([0x1_8bcf_e568_00]).next()).toHaveLength(32);
  });
});

describe('hosts', () => {
  test('are parsed from the texts that Java and Node write', () => {
    expect(HostAddress.parse('/127.0.0.1:10911').toString()).toBe('127.0.0.1:10911');
    expect(HostAddress.parse('[::1]:80').toString()).toBe('[0:0:0:0:0:0:0:1]:80');
    expect(HostAddress.parse('fe80::1%eth0:80').address).toBe('fe80:0:0:0:0:0:0:1');
    expect(HostAddress.of('::ffff:10.0.0.1', 1).address).toBe('10.0.0.1');
    expect(HostAddress.of('1::2:3.4.5.6', 0).address).toBe('1:0:0:0:0:2:304:506');
    expect(HostAddress.fromBytes(Buffer.from('0a00000100002a9f', 'hex')).port).toBe(10911);
  });

  test('that are none are refused', () => {
    for (const text of [
      '',
      '1.2.3:4',
      '1.2.3.256:1',
      '1.2.3.4',
      '1.2.3.4:70000',
      'host:1',
      '1::2::3:4',
      '12345::1:1',
    ]) {
      expect(() => HostAddress.parse(text)).toThrow();
    }
    expect(() => HostAddress.fromBytes(new Uint8Array(9))).toThrow('8 or 20 bytes');
    for (const text of ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8::', 'g::1', '1.2.3.4::']) {
      expect(parseIp(text)).toBeUndefined();
    }
  });

  test('are compared by all their bytes', () => {
    expect(HostAddress.of('1.2.3.4', 5).equals(HostAddress.of('1.2.3.4', 5))).toBe(true);
    expect(HostAddress.of('1.2.3.4', 5).equals(HostAddress.of('1.2.3.4', 6))).toBe(false);
    expect(HostAddress.of('::1', 5).equals(HostAddress.of('0.0.0.1', 5))).toBe(false);
  });
});
