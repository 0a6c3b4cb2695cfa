import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { selfSignedCertificate } from './self-signed.js';

const DAY_MS = 86_400_000;
const nowMs = Date.UTC(2026, 5, 1);

describe('the certificate of the test mode', () => {
  test.each([
    ['zeros', Buffer.alloc(8)],
    ['ones', Buffer.alloc(8, 0xff)],
  ])('is one that TLS takes, with a serial number of %s', (_, serial) => {
    const made = selfSignedCertificate('a name', { nowMs, serial });
    expect(() => createSecureContext(made)).not.toThrow();
    const certificate = new X509Certificate(made.cert);
    expect(certificate.subject).toBe('CN=a name');
    expect(certificate.serialNumber).toBe(`01${serial.toString('hex').toUpperCase()}`);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test('is valid from a day ago on', () => {
    const { cert } = selfSignedCertificate('a name', { nowMs, serial: Buffer.alloc(8) });
    const certificate = new X509Certificate(cert);
    expect(Date.parse(certificate.validFrom)).toBe(nowMs - DAY_MS);
    expect(Date.parse(certificate.validTo)).toBe(nowMs + 365 * DAY_MS);
  });
});
