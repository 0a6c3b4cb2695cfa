/** The two kinds of message ids: where a message is stored (offset message id) and who made it when (unique id). */
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { formatIp, HostAddress } from './host.js';
import { getInt64, MessageFormatError } from './message-record.js';

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase());

/** Upper-case hex of bytes, as ids are written. Source: UtilAll#bytes2string. */
export function toUpperHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]!];
  return text;
}

/** Where a message lies. Source: MessageId. */
export interface MessageId {
  readonly host: HostAddress;
  /** Physical offset in the commit log, bytes. */
  readonly offset: number;
}

/**
 * The offset message id: upper-case hex of
 *
 * ```
 * 8 or 20  store host (IP, port int32)
 * 8        physical offset
 * ```
 * 32 or 56 characters. Source: MessageDecoder#createMessageId.
 */
export function encodeMessageId(storeHost: Uint8Array, physicalOffset: number): string {
  return toUpperHex(storeHost) + hexInt(Math.floor(physicalOffset / 0x1_0000_0000)) + hexInt(physicalOffset | 0);
}

/** Reads an offset message id, in either case; throws `MessageFormatError`. Source: MessageDecoder#decodeMessageId. */
export function decodeMessageId(id: string): MessageId {
  const bytes = decodeHexId(id);
  const hostBytes = bytes.length - 8;
  const offset = getInt64(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), hostBytes);
  if (!Number.isSafeInteger(offset)) {
    throw new MessageFormatError(`message id '${id}': its offset does not exist in any commit log`);
  }
  return { host: HostAddress.fromBytes(bytes.subarray(0, hostBytes)), offset };
}

/** True for a text that has the shape of an offset message id or unique id: 32 or 56 hex digits. */
export function isMessageId(text: string): boolean {
  return (text.length === 32 || text.length === 56) && /^[0-9a-fA-F]+$/.test(text);
}

/** What a maker of unique ids needs to know. */
export interface UniqueIdOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Process id; the low 16 bits are used. */
  readonly pid: number;
  /** 4 or 16 bytes of the machine's IP; when there is none, four are made up from the time. */
  readonly ip?: Uint8Array;
}

/**
 * Makes unique ids: upper-case hex of
 *
 * ```
 * 4 or 16  IP
 * 2        process id
 * 4        a number of this generator (the class loader's hash in Java)
 * 4        ms since the start of the month, local time
 * 2        counter
 * ```
 * Source: MessageClientIDSetter.
 */
export class UniqueIdGenerator {
  readonly #clock: Clock;
  readonly #prefix: string;
  #counter = 0;
  #monthStart = 0;
  #nextMonthStart = 0;

  constructor(options: UniqueIdOptions) {
    this.#clock = options.clock;
    const ip = options.ip ?? fakeIp(options.clock.now());
    if (ip.length !== 4 && ip.length !== 16) throw new RangeError(`an IP has 4 or 16 bytes, not ${ip.length}`);
    const generator = options.random.nextInt(0x1_0000_0000) | 0;
    this.#prefix = toUpperHex(ip) + hexShort(options.pid) + hexInt(generator);
    this.#startMonth(options.clock.now());
  }

  /** A new id, 32 or 56 characters. */
  next(): string {
    const now = this.#clock.now();
    if (now >= this.#nextMonthStart) this.#startMonth(now);
    const elapsedMs = now - this.#monthStart;
    // A clock that was set back a little over the start of the month does not reach into the one before.
    const since = elapsedMs < 0 && elapsedMs > -1_000_000 ? 0 : elapsedMs | 0;
    const id = this.#prefix + hexInt(since) + hexShort(this.#counter);
    this.#counter = (this.#counter + 1) & 0xffff;
    return id;
  }

  #startMonth(now: number): void {
    this.#monthStart = startOfMonth(now, 0);
    this.#nextMonthStart = startOfMonth(now, 1);
  }
}

/** When a unique id was made, ms since the epoch, if that was within the month before `now`. Source: MessageClientIDSetter#getNearlyTimeFromID. */
export function nearlyTimeOfUniqueId(id: string, now: number): number {
  const bytes = decodeHexId(id);
  const at = bytes.length - 6;
  const sinceMs = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at);
  const time = startOfMonth(now, 0) + sinceMs;
  return time >= now ? startOfMonth(now, -1) + sinceMs : time;
}

/** IP in a unique id, as text: IPv6 with all digits. Source: MessageClientIDSetter#getIPStrFromID. */
export function ipOfUniqueId(id: string): string {
  const bytes = decodeHexId(id);
  if (bytes.length === 16) return formatIp(bytes.subarray(0, 4));
  return bytes.toString('hex', 0, 16).replace(/(....)(?=.)/g, '$1:');
}

/** Process id in a unique id. Source: MessageClientIDSetter#getPidFromID. */
export function pidOfUniqueId(id: string): number {
  const bytes = decodeHexId(id);
  return bytes.readUInt16BE(bytes.length - 12);
}

function decodeHexId(id: string): Buffer {
  if (!isMessageId(id)) {
    throw new MessageFormatError(`message id '${id.slice(0, 64)}' is not of 32 or 56 hexadecimal digits`);
  }
  return Buffer.from(id, 'hex');
}

function startOfMonth(ms: number, monthsLater: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth() + monthsLater, 1).getTime();
}

function fakeIp(now: number): Uint8Array {
  return Uint8Array.of(now >>> 24, now >>> 16, now >>> 8, now);
}

function hexShort(value: number): string {
  return HEX[(value >>> 8) & 0xff]! + HEX[value & 0xff]!;
}

function hexInt(value: number): string {
  return hexShort(value >>> 16) + hexShort(value);
}
