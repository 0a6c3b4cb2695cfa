/** The address of a host in a message: 4 or 16 bytes of IP and a 32-bit port, and its text forms. */

/** Bytes of an encoded host: IPv4 (4 + 4). */
export const HOST_V4_BYTES = 8;
/** Bytes of an encoded host: IPv6 (16 + 4). */
export const HOST_V6_BYTES = 20;

/**
 * An IP address and a port.
 *
 * ```
 * 4 or 16  IP, network order
 * 4        port, big-endian int32
 * ```
 * Source: MessageExt#socketAddress2ByteBuffer.
 */
export class HostAddress {
  /** The encoded form, 8 or 20 bytes; not to be changed. */
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** From a textual IP (no names) and a port; throws a `TypeError` or `RangeError` for anything else. */
  static of(address: string, port: number): HostAddress {
    const ip = parseIp(address);
    if (ip === undefined) throw new TypeError(`host '${address}' is not an IP address`);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new RangeError(`port ${port} of host '${address}' is not in 0 to 65535`);
    }
    const bytes = new Uint8Array(ip.length + 4);
    bytes.set(ip);
    bytes[ip.length + 2] = port >>> 8;
    bytes[ip.length + 3] = port & 0xff;
    return new HostAddress(bytes);
  }

  /** Parses `1.2.3.4:80`, `[::1]:80` or `::1:80`, also with the `/` that Java puts in front; throws as `of`. */
  static parse(text: string): HostAddress {
    const colon = text.lastIndexOf(':');
    const port = text.substring(colon + 1);
    if (colon < 0 || !/^\d{1,5}$/.test(port)) throw new TypeError(`'${text}' is not of the form ip:port`);
    const address = text.substring(text.startsWith('/') ? 1 : 0, colon);
    return HostAddress.of(address.replace(/^\[(.*)\]$/, '$1'), Number(port));
  }

  /** From the encoded form, copied; `bytes` must be 8 or 20 long. */
  static fromBytes(bytes: Uint8Array): HostAddress {
    if (bytes.length !== HOST_V4_BYTES && bytes.length !== HOST_V6_BYTES) {
      throw new RangeError(`an encoded host has 8 or 20 bytes, not ${bytes.length}`);
    }
    return new HostAddress(new Uint8Array(bytes));
  }

  /** The IP alone, 4 or 16 bytes. */
  get ip(): Uint8Array {
    return this.bytes.subarray(0, this.bytes.length - 4);
  }

  get isV6(): boolean {
    return this.bytes.length === HOST_V6_BYTES;
  }

  /** The port, as the int32 that is stored. */
  get port(): number {
    const b = this.bytes;
    const at = b.length - 4;
    return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
  }

  /** The IP as Java prints it: `10.0.0.1`, or eight groups without `::` and leading zeros. */
  get address(): string {
    return formatIp(this.ip);
  }

  /** `10.0.0.1:80` or `[fe80:0:0:0:0:0:0:1]:80`. */
  toString(): string {
    return this.isV6 ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  equals(other: HostAddress): boolean {
    return this.bytes.length === other.bytes.length && this.bytes.every((byte, i) => byte === other.bytes[i]);
  }
}

/** Text of 4 or 16 bytes of IP, as Java's `getHostAddress`. */
export function formatIp(ip: Uint8Array): string {
  if (ip.length === 4) return `${ip[0]}.${ip[1]}.${ip[2]}.${ip[3]}`;
  const groups: string[] = [];
  for (let i = 0; i + 1 < ip.length; i += 2) groups.push(((ip[i]! << 8) | ip[i + 1]!).toString(16));
  return groups.join(':');
}

/**
 * Bytes of a textual IP; `undefined` when it is none. A zone (`%eth0`) is
 * dropped, and an IPv4 address in IPv6 clothes (`::ffff:1.2.3.4`) is IPv4, as in Java.
 */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  const zone = text.indexOf('%');
  const ip = parseIpv6(zone < 0 ? text : text.substring(0, zone));
  if (ip === undefined) return undefined;
  const mapped = ip.subarray(0, 10).every((byte) => byte === 0) && ip[10] === 0xff && ip[11] === 0xff;
  return mapped ? ip.slice(12) : ip;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
  return parts.every((part) => part <= 255) ? Uint8Array.from(parts) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (text.length > 45 || halves.length > 2) return undefined;
  // An IPv4 address can stand at the very end only.
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const ip = new Uint8Array(16);
  ip.set(head);
  ip.set(tail, 16 - tail.length);
  return ip;
}

function parseGroups(text: string, mayEndInV4: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === '') return bytes;
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    } else {
      const v4 = mayEndInV4 && i === groups.length - 1 ? parseIpv4(group) : undefined;
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    }
  }
  return bytes.length > 16 ? undefined : bytes;
}
