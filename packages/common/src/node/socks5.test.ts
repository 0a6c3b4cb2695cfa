// The conversation with a SOCKS 5 proxy, byte by byte.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Socks5Handshake } from './socks5.js';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const proxy = { host: 'proxy', port: 1080 };

describe('a connection through a SOCKS 5 proxy', () => {
  test('to an address stands after the reply, and keeps what comes behind it', () => {
    const handshake = new Socks5Handshake(proxy, { host: '10.1.2.3', port: 9876 });
    expect(handshake.greeting()).toEqual(bytes('05 01 00'));
    expect(handshake.take(bytes('05 00'))).toEqual({ say: bytes('05 01 00 01 0a010203 2694') });
    expect(handshake.take(bytes('05 00 00 01 00000000 0000 aabb'))).toEqual({ rest: bytes('aabb') });
  });

  test('to a name or an IPv6 address leaves it to the proxy', () => {
    const toName = new Socks5Handshake(proxy, { host: 'mq', port: 1 });
    expect(toName.take(bytes('05 00'))).toEqual({ say: bytes('05 01 00 03 02 6d71 0001') });
    const toIp = new Socks5Handshake(proxy, { host: '::1', port: 1 });
    expect(toIp.take(bytes('05 00'))).toEqual({ say: bytes(`05 01 00 04 ${'00'.repeat(15)}01 0001`) });
    expect(toIp.take(bytes(`05 00 00 04 ${'00'.repeat(16)} 0001`))).toEqual({ rest: bytes('') });
  });

  test('shows its password where the proxy wants one', () => {
    const handshake = new Socks5Handshake({ ...proxy, username: 'me', password: 'pw' }, { host: 'mq', port: 1 });
    expect(handshake.greeting()).toEqual(bytes('05 02 00 02'));
    expect(handshake.take(bytes('05 02'))).toEqual({ say: bytes('01 02 6d65 02 7077') });
    expect(handshake.take(bytes('01 00')).say).toHaveLength(9);
    expect(handshake.take(bytes('05 00 00 03 01 61 0001'))).toEqual({ rest: bytes('') });
  });

  test('is refused in words', () => {
    const begun = () => {
      const handshake = new Socks5Handshake(proxy, { host: 'mq', port: 1 });
      handshake.take(bytes('05 00'));
      return handshake;
    };
    expect(() => begun().take(bytes('05 05 00 01 00000000 0000'))).toThrow('connection refused');
    expect(() => begun().take(bytes('05 63 00 01 00000000 0000'))).toThrow('reply 99');
    expect(() => new Socks5Handshake(proxy, { host: 'mq', port: 1 }).take(bytes('05 ff'))).toThrow('authentication');
    expect(() => new Socks5Handshake(proxy, { host: 'mq', port: 1 }).take(Buffer.from('HTTP'))).toThrow('SOCKS 5');
    const secret = new Socks5Handshake({ ...proxy, username: 'me' }, { host: 'mq', port: 1 });
    secret.take(bytes('05 02'));
    expect(() => secret.take(bytes('01 01'))).toThrow("refuses user 'me'");
    expect(() => new Socks5Handshake(proxy, { host: 'x'.repeat(256), port: 1 })).toThrow('longer than 255');
  });

  test('does not mind how its bytes are cut, and survives any', () => {
    const answers = bytes('05 00 05 00 00 03 03 616263 0001 99');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 14, maxLength: 14 }), (sizes) => {
        const handshake = new Socks5Handshake(proxy, { host: 'mq', port: 1 });
        let rest: Buffer | undefined;
        for (let at = 0, i = 0; at < answers.length && rest === undefined; at += sizes[i++]!) {
          rest = handshake.take(answers.subarray(at, at + sizes[i]!)).rest;
        }
        expect(rest).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        try {
          new Socks5Handshake({ ...proxy, username: 'u' }, { host: 'mq', port: 1 }).take(Buffer.from(noise));
        } catch (error) {
          expect((error as Error).message).toContain('the proxy');
        }
      }),
    );
  });
});
