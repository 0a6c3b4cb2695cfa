// What is sent and how it is recognised again: send requests made from templates of which only a few bytes change,
// and stored messages taken apart and checked.
import { crc32 } from 'node:zlib';
import { frame } from './wire.mjs';

export const SEND_MESSAGE_V2 = 310;
export const SEND_BATCH_MESSAGE = 320;

const BODY_MAGIC = 0x52544231;
const OPAQUE_DIGITS = 10;
const OPAQUE_BASE = 1_000_000_000;
const TIME_DIGITS = 13;
const KEY_DIGITS = 32;
const SEQUENCE_DIGITS = 12;
const ZERO = 0x30;
const HEX = Buffer.from('0123456789ABCDEF');
// Within a message of a batch: total size, magic, CRC and flag come before the body's length.
const BATCH_HEAD_BYTES = 20;
const MAGIC_V1 = 0xdaa320a7;
const MAGIC_V2 = 0xdaa320ab;
const FIXED_BYTES = 84;
const BORN_HOST_V6_FLAG = 1 << 4;
const STORE_HOST_V6_FLAG = 1 << 5;
const V6_EXTRA_BYTES = 12;

/** A body that does not compress: magic, producer, sequence number, then filler. @param {number} size */
export function bodyTemplate(size, producer) {
  const body = Buffer.alloc(Math.max(size, 16));
  let x = 2463534242;
  for (let i = 16; i < body.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    body[i] = 0x21 + ((x >>> 25) % 93);
  }
  body.writeUInt32BE(BODY_MAGIC, 0);
  body.writeUInt32BE(producer, 4);
  return body;
}

/** Builds the send requests of one producer for one queue. */
export class SendTemplate {
  /** @param {{topic: string, brokerName: string, queueId: number, size: number, batch: number, producer: number}} of */
  constructor(of) {
    this.batch = of.batch;
    const body = bodyTemplate(of.size, of.producer);
    const properties = `UNIQ_KEY\u0001${uniqueKey(of.producer)}\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002`;
    const payload = of.batch > 1 ? batchBody(body, properties, of.batch) : body;
    this.bytes = frame(
      sendHeader(of, of.batch > 1 ? 'UNIQ_KEY\u0001batch\u0002WAIT\u0001true\u0002' : properties),
      payload,
    );
    this.#locate(payload.length);
    this.unit = of.batch > 1 ? payload.length / of.batch : 0;
  }

  #locate(payloadLength) {
    const { bytes } = this;
    this.opaqueAt = bytes.indexOf('"opaque":') + '"opaque":'.length;
    this.timeAt = bytes.indexOf('"g":"') + '"g":"'.length;
    this.bodyAt = bytes.length - payloadLength;
    const headerKey = bytes.indexOf('UNIQ_KEY\\u0001') + 'UNIQ_KEY\\u0001'.length;
    const inBody = bytes.indexOf('UNIQ_KEY\u0001', this.bodyAt) + 'UNIQ_KEY\u0001'.length;
    this.keyAt = this.batch > 1 ? inBody : headerKey;
    this.sequenceAt = this.bodyAt + (this.batch > 1 ? BATCH_HEAD_BYTES : 0) + 8;
  }

  /** Sets the client clock of the requests that follow. @param {number} nowMs */
  setTime(nowMs) {
    decimal(this.bytes, this.timeAt, TIME_DIGITS, nowMs);
  }

  /** Writes one request to `out` at `at`; gives where it ends. */
  write(out, at, slot, sequence) {
    this.bytes.copy(out, at);
    decimal(out, at + this.opaqueAt, OPAQUE_DIGITS, OPAQUE_BASE + slot);
    for (let i = 0; i < this.batch; i++) {
      hex(out, at + this.keyAt + i * this.unit + KEY_DIGITS - SEQUENCE_DIGITS, SEQUENCE_DIGITS, sequence + i);
      out.writeUInt32BE(Math.floor((sequence + i) / 2 ** 32), at + this.sequenceAt + i * this.unit);
      out.writeUInt32BE((sequence + i) >>> 0, at + this.sequenceAt + i * this.unit + 4);
    }
    return at + this.bytes.length;
  }
}

/** The slot that an answer's opaque belongs to. @param {number} opaque */
export function slotOf(opaque) {
  return opaque - OPAQUE_BASE;
}

function sendHeader(of, properties) {
  const extFields = {
    a: 'bench-producer',
    b: of.topic,
    c: 'TBW102',
    d: '8',
    e: String(of.queueId),
    f: '0',
    g: '0'.repeat(TIME_DIGITS),
    h: '0',
    i: properties,
    j: '0',
    k: 'false',
    m: String(of.batch > 1),
    n: of.brokerName,
  };
  return { code: of.batch > 1 ? SEND_BATCH_MESSAGE : SEND_MESSAGE_V2, extFields, flag: 0, opaque: OPAQUE_BASE };
}

function uniqueKey(producer) {
  const run = `${process.pid.toString(16)}${Date.now().toString(16)}`.toUpperCase().padStart(16, '0').slice(-16);
  return `${run}${producer.toString(16).toUpperCase().padStart(4, '0')}${'0'.repeat(SEQUENCE_DIGITS)}`;
}

/** size, magic, CRC, flag, body length, body, properties length, properties; repeated. */
function batchBody(body, properties, count) {
  const size = BATCH_HEAD_BYTES + body.length + 2 + properties.length;
  const one = Buffer.alloc(size);
  one.writeInt32BE(size, 0);
  one.writeInt32BE(body.length, 16);
  body.copy(one, BATCH_HEAD_BYTES);
  one.writeInt16BE(properties.length, BATCH_HEAD_BYTES + body.length);
  one.write(properties, BATCH_HEAD_BYTES + body.length + 2, 'latin1');
  return Buffer.concat(Array(count).fill(one));
}

function decimal(bytes, at, digits, value) {
  let rest = value;
  for (let i = digits - 1; i >= 0; i--) {
    const next = Math.floor(rest / 10);
    bytes[at + i] = ZERO + rest - next * 10;
    rest = next;
  }
}

function hex(bytes, at, digits, value) {
  let rest = value;
  for (let i = digits - 1; i >= 0; i--) {
    const next = Math.floor(rest / 16);
    bytes[at + i] = HEX[rest - next * 16];
    rest = next;
  }
}

/** Remembers which messages came, to find what came twice or never. */
export class Seen {
  /** @type {Map<number, {bits: Uint8Array, top: number}>} */
  #producers = new Map();
  count = 0;
  doubled = 0;

  add(producer, sequence) {
    let one = this.#producers.get(producer);
    if (!one) {
      one = { bits: new Uint8Array(1 << 20), top: 0 };
      this.#producers.set(producer, one);
    }
    if (sequence >> 3 >= one.bits.length) one.bits = widen(one.bits, sequence >> 3);
    const mask = 1 << (sequence & 7);
    if (one.bits[sequence >> 3] & mask) this.doubled++;
    one.bits[sequence >> 3] |= mask;
    one.top = Math.max(one.top, sequence + 1);
    this.count++;
  }

  /** How many sequence numbers below the highest of their producer never came. */
  missing() {
    let expected = 0;
    for (const one of this.#producers.values()) expected += one.top;
    return expected - (this.count - this.doubled);
  }
}

function widen(bits, index) {
  const wider = new Uint8Array(Math.max(bits.length * 2, index + 1));
  wider.set(bits);
  return wider;
}

/**
 * Takes the stored messages of a pull apart; checks the CRC of each body and that queue offsets follow each other.
 * @param {Buffer} view @param {Seen} seen @returns {number} how many there were
 */
export function checkStored(view, from, to, firstOffset, seen) {
  let at = from;
  let count = 0;
  while (at < to) {
    const size = view.readInt32BE(at);
    const magic = view.readUInt32BE(at + 4);
    if (size < FIXED_BYTES || at + size > to || (magic !== MAGIC_V1 && magic !== MAGIC_V2)) {
      throw new Error(`no message at byte ${at - from} of ${to - from}: size ${size}, magic ${magic.toString(16)}`);
    }
    const offset = view.readUInt32BE(at + 20) * 2 ** 32 + view.readUInt32BE(at + 24);
    if (offset !== firstOffset + count) throw new Error(`queue offset ${offset} where ${firstOffset + count} belongs`);
    checkBody(view, at, seen);
    at += size;
    count++;
  }
  return count;
}

function checkBody(view, at, seen) {
  const sysFlag = view.readInt32BE(at + 36);
  let lengthAt = at + FIXED_BYTES;
  if (sysFlag & BORN_HOST_V6_FLAG) lengthAt += V6_EXTRA_BYTES;
  if (sysFlag & STORE_HOST_V6_FLAG) lengthAt += V6_EXTRA_BYTES;
  const bodyAt = lengthAt + 4;
  const body = view.subarray(bodyAt, bodyAt + view.readInt32BE(lengthAt));
  const crc = view.readUInt32BE(at + 8);
  if ((crc32(body) & 0x7fffffff) !== (crc & 0x7fffffff)) throw new Error(`a body does not have the CRC ${crc}`);
  if (body.readUInt32BE(0) !== BODY_MAGIC) throw new Error('a body that was not sent');
  seen.add(body.readUInt32BE(4), body.readUInt32BE(8) * 2 ** 32 + body.readUInt32BE(12));
}
