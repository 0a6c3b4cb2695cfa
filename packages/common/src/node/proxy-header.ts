/** The PROXY protocol of load balancers (HAProxy, versions 1 and 2): a header before all else that says who really connected. */
import { isIPv4, isIPv6 } from 'node:net';
import type { ProxiedEnds } from '../ports/net.js';

const V1_START = Buffer.from('PROXY');
const V1_LINE = /^PROXY (TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/;
const V1_UNKNOWN = /^PROXY UNKNOWN(?: |$)/;
/** With its line end. */
const V1_MAX_BYTES = 107;
const V2_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const V2_FIXED_BYTES = 16;
/** Addresses of any kind and some further values; the format would allow 64 KiB. */
const V2_MAX_BYTES = V2_FIXED_BYTES + 2048;
const V2_TCP4 = 0x11;
const V2_TCP6 = 0x21;
const MAX_PORT = 65_535;

/** A header in all its bytes; `ends` is not there when it does not tell who connected. */
export interface ProxyHeader {
  readonly bytes: number;
  readonly ends: ProxiedEnds | undefined;
}

/**
 * Reads the header that `bytes` begin with: `none` when they do not begin with
 * one, `more` as long as that is open or the header is incomplete, `bad` when it
 * is not of its form. Values behind the addresses of version 2 are stepped over.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'none' | 'more' | 'bad' {
  if (startsLike(bytes, V1_START)) return bytes.length < V1_START.length ? 'more' : readLine(bytes);
  if (startsLike(bytes, V2_START)) return bytes.length < V2_FIXED_BYTES ? 'more' : readBinary(bytes);
  return 'none';
}

/** True when what is there of `bytes` is what `start` begins with. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function readLine(bytes: Buffer): ProxyHeader | 'more' | 'bad' {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < V1_MAX_BYTES ? 'more' : 'bad';
  const line = bytes.toString('latin1', 0, end);
  if (V1_UNKNOWN.test(line)) return { bytes: end + 2, ends: undefined };
  const [, family, remoteAddress = '', localAddress = '', remotePort, localPort] = V1_LINE.exec(line) ?? [];
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const ends = { remoteAddress, remotePort: Number(remotePort), localAddress, localPort: Number(localPort) };
  if (!isAddress(remoteAddress) || !isAddress(localAddress)) return 'bad';
  return ends.remotePort > MAX_PORT || ends.localPort > MAX_PORT ? 'bad' : { bytes: end + 2, ends };
}

function readBinary(bytes: Buffer): ProxyHeader | 'more' | 'bad' {
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 0x0f;
  const length = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (version !== 2 || command > 1 || length > V2_MAX_BYTES) return 'bad';
  if (bytes.length < length) return 'more';
  const family = bytes[13]!;
  // Of connections of the balancer itself, and of those that are not TCP over IP, nothing is told.
  if (command === 0 || (family !== V2_TCP4 && family !== V2_TCP6)) return { bytes: length, ends: undefined };
  const size = family === V2_TCP4 ? 4 : 16;
  if (length < V2_FIXED_BYTES + 2 * size + 4) return 'bad';
  const address = (at: number): string => textOf(bytes.subarray(at, at + size));
  const ports = V2_FIXED_BYTES + 2 * size;
  const ends = {
    remoteAddress: address(V2_FIXED_BYTES),
    remotePort: bytes.readUInt16BE(ports),
    localAddress: address(V2_FIXED_BYTES + size),
    localPort: bytes.readUInt16BE(ports + 2),
  };
  return { bytes: length, ends };
}

function textOf(ip: Buffer): string {
  if (ip.length === 4) return ip.join('.');
  return Array.from({ length: 8 }, (_, i) => ip.readUInt16BE(2 * i).toString(16)).join(':');
}
