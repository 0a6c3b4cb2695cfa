/**
 * A self-signed certificate made in memory, for the test mode of TLS: it proves
 * nothing about who the server is, it only lets the connection be encrypted.
 */
import { createSign, generateKeyPairSync } from 'node:crypto';

/** A private key and a certificate, PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

const VALID_DAYS = 365;
const DAY_MS = 86_400_000;

const TAG = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OID: 0x06,
  UTF8: 0x0c,
  UTC_TIME: 0x17,
  SEQUENCE: 0x30,
  SET: 0x31,
  VERSION: 0xa0,
};
/** The encoded object identifiers of the common name and of ECDSA with SHA-256. */
const COMMON_NAME = Buffer.from('550403', 'hex');
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');

/** A new P-256 key with a certificate for `commonName`, valid from a day before `nowMs` for a year. */
export function selfSignedCertificate(
  commonName: string,
  options: { nowMs: number; serial: Buffer },
): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.SEQUENCE, der(TAG.OID, ECDSA_WITH_SHA256));
  const name = der(
    TAG.SEQUENCE,
    der(TAG.SET, der(TAG.SEQUENCE, der(TAG.OID, COMMON_NAME), der(TAG.UTF8, Buffer.from(commonName)))),
  );
  const validity = der(TAG.SEQUENCE, utcTime(options.nowMs - DAY_MS), utcTime(options.nowMs + VALID_DAYS * DAY_MS));
  // The leading one keeps the serial number positive, and needs no padding: OpenSSL refuses superfluous zeros.
  const serial = der(TAG.INTEGER, Buffer.concat([Buffer.from([1]), options.serial]));
  const content = der(
    TAG.SEQUENCE,
    der(TAG.VERSION, der(TAG.INTEGER, Buffer.from([2]))),
    serial,
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('SHA256').update(content).sign(privateKey);
  const certificate = der(
    TAG.SEQUENCE,
    content,
    algorithm,
    der(TAG.BIT_STRING, Buffer.concat([Buffer.from([0]), signature])),
  );
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n`,
  };
}

/** One DER value: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '');
  return der(TAG.UTC_TIME, Buffer.from(`${digits.slice(2, 14)}Z`));
}
