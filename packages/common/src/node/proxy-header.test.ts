import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProxyHeader } from './proxy-header.js';

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];

function binary(command: number, family: number, content: readonly number[], length = content.length): Buffer {
  return Buffer.from([...SIGNATURE, command, family, length >> 8, length & 255, ...content]);
}

const TCP4 = [10, 1, 2, 3, 10, 9, 8, 7, 0x30, 0x39, 0x2a, 0x9f];
const ENDS = { remoteAddress: '10.1.2.3', remotePort: 12345, localAddress: '10.9.8.7', localPort: 10911 };

describe('version 1', () => {
  test.each([
    ['TCP4', 'PROXY TCP4 10.1.2.3 10.9.8.7 12345 10911\r\n', ENDS],
    [
      'TCP6',
      'PROXY TCP6 2001:db8::1 ::1 1 65535\r\n',
      { remoteAddress: '2001:db8::1', remotePort: 1, localAddress: '::1', localPort: 65535 },
    ],
    ['UNKNOWN', 'PROXY UNKNOWN\r\n', undefined],
    ['UNKNOWN with more', 'PROXY UNKNOWN ff ff 1 2\r\n', undefined],
  ])('%s', (_, text, ends) => {
    expect(readProxyHeader(Buffer.from(`${text}rest`))).toEqual({ bytes: text.length, ends });
    for (let cut = 0; cut < text.length; cut++) expect(readProxyHeader(Buffer.from(text.slice(0, cut)))).toBe('more');
  });

  test.each([
    'PROXY TCP4 10.1.2.3 10.9.8.7 12345 70000\r\n',
    'PROXY TCP4 10.1.2.300 10.9.8.7 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n',
    'PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n',
    'PROXYTCP4\r\n',
    `PROXY UNKNOWN ${'x'.repeat(93)}`,
  ])('%j is refused', (text) => {
    expect(readProxyHeader(Buffer.from(text))).toBe('bad');
  });
});

describe('version 2', () => {
  test('tells the ends of connections over IPv4 and IPv6, and steps over what follows them', () => {
    const bytes = binary(0x21, 0x11, [...TCP4, 4, 0, 1, 0]);
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from('rest')]))).toEqual({ bytes: bytes.length, ends: ENDS });
    for (let cut = 0; cut < bytes.length; cut++) expect(readProxyHeader(bytes.subarray(0, cut))).toBe('more');
    const ip = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(readProxyHeader(binary(0x21, 0x21, [...ip, ...ip, 0, 7, 0, 8]))).toMatchObject({
      ends: { remoteAddress: '2001:db8:0:0:0:0:0:1', remotePort: 7, localPort: 8 },
    });
  });

  test('of the balancer itself, of UDP and of local sockets it tells nothing', () => {
    for (const [command, family] of [
      [0x20, 0x11],
      [0x21, 0x00],
      [0x21, 0x12],
      [0x21, 0x31],
    ] as const) {
      expect(readProxyHeader(binary(command, family, TCP4))).toEqual({ bytes: 28, ends: undefined });
    }
  });

  test('another version, another command, too little and too much are refused', () => {
    expect(readProxyHeader(binary(0x11, 0x11, TCP4))).toBe('bad');
    expect(readProxyHeader(binary(0x22, 0x11, TCP4))).toBe('bad');
    expect(readProxyHeader(binary(0x21, 0x11, TCP4.slice(1)))).toBe('bad');
    expect(readProxyHeader(binary(0x21, 0x21, TCP4))).toBe('bad');
    expect(readProxyHeader(binary(0x21, 0x11, TCP4, 65_535))).toBe('bad');
  });
});

test('whatever comes, a header lies within the bytes and is bounded; frames and TLS are none', () => {
  const starts = [[], SIGNATURE, [...Buffer.from('PROXY ')], [0, 0, 1, 0], [0x16, 3, 1]];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 3000, size: 'large' }), (start, rest) => {
      const bytes = Buffer.from([...start, ...rest]);
      const header = readProxyHeader(bytes);
      if (typeof header === 'object') expect(header.bytes).toBeLessThanOrEqual(Math.min(bytes.length, 2064));
      if (header === 'more') expect(bytes.length).toBeLessThan(2064);
      if (start.length === 4 || start.length === 3) expect(header).toBe('none');
    }),
    { numRuns: 2000 },
  );
});
