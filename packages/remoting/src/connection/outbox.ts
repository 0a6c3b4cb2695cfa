/** What one connection has to send, gathered in few large buffers until the end of the turn. */
import type { Socket } from '@rocketmq-ts/common';
import type { SerializeType } from '../remoting-command.js';
import { type CommandHead, writeHeader } from './header-encoder.js';
import { LARGE_FRAME_BYTES, type LargeFrames } from './large-frames.js';
import type { BodyParts, OutgoingHeader } from './outgoing.js';
import { SPARE_SLAB_BYTES, type SpareSlabs } from './spare-slabs.js';

const SMALLEST_SLAB_BYTES = 1024;
const LARGEST_SLAB_BYTES = 256 * 1024;
/** Frame bytes before the header: total length, serialize type, header length. */
const PREFIX_BYTES = 8;
/** Longer ones are written elsewhere first, and copied. */
const USUAL_HEADER_BYTES = 2048;
const NOTHING = Buffer.alloc(0);

/**
 * Frames are encoded behind one another into a slab; `flush` gives the written
 * part to the socket. A slab is written again from its start when the socket
 * took everything at once, as it mostly does; else the socket still holds it.
 * Very large bodies lie in memory of `largeFrames` until the socket has sent all.
 */
export class Outbox {
  readonly #largeFrames: LargeFrames | undefined;
  readonly #spares: SpareSlabs | undefined;
  #slab: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  #full: Buffer[] = [];
  /** Pieces in memory of `largeFrames` that the socket may still hold. */
  #handedOver: Buffer[] = [];
  #fullBytes = 0;
  #nextSlabBytes = SMALLEST_SLAB_BYTES;

  /** Without `largeFrames` what is very large is like the rest, without `spares` each slab is the outbox's own. */
  constructor(largeFrames?: LargeFrames, spares?: SpareSlabs) {
    this.#largeFrames = largeFrames;
    this.#spares = spares;
  }

  /** Bytes gathered and not yet given to the socket. */
  get bytes(): number {
    return this.#fullBytes + this.#end - this.#start;
  }

  /** Adds a frame. The body is copied. */
  add(serializeType: SerializeType, head: CommandHead, fields: OutgoingHeader, body: BodyParts): void {
    const bodyBytes = lengthOf(body);
    const large = bodyBytes < LARGE_FRAME_BYTES ? undefined : this.#largeFrames?.tryTake(bodyBytes);
    const inlineBytes = large === undefined ? bodyBytes : 0;
    this.#reserve(PREFIX_BYTES + USUAL_HEADER_BYTES + inlineBytes);
    const header = writeHeader(serializeType, head, fields, this.#slab, this.#end + PREFIX_BYTES);
    const headerBytes = header.length;
    this.#reserve(PREFIX_BYTES + headerBytes + inlineBytes);
    const slab = this.#slab;
    const at = this.#end;
    if (!header.isAt(slab, at + PREFIX_BYTES)) slab.set(header.view(), at + PREFIX_BYTES);
    writePrefix(slab, at, headerBytes, bodyBytes, serializeType);
    this.#end = at + PREFIX_BYTES + headerBytes;
    if (large === undefined) this.#end = copyBody(slab, this.#end, body);
    else this.#addLarge(large, body);
  }

  /** Gives everything gathered to the socket. */
  flush(socket: Socket): void {
    if (this.#fullBytes > 0) {
      for (const buffer of this.#full) {
        socket.write(buffer);
        if (buffer.length >= LARGE_FRAME_BYTES) this.#handedOver.push(buffer);
      }
      this.#full = [];
      this.#fullBytes = 0;
    }
    if (this.#end > this.#start) {
      socket.write(this.#slab.subarray(this.#start, this.#end));
      this.#start = this.#end;
    }
    if (socket.pendingBytes > 0) return;
    this.settle(socket);
    if (this.#slab.length > LARGEST_SLAB_BYTES || this.#spares?.tryGive(this.#slab)) this.#slab = NOTHING;
    this.#start = this.#end = 0;
  }

  /** Gives memory back that the socket holds no more: because all was sent, or because nothing will be. */
  settle(socket: Socket): void {
    if (this.#handedOver.length === 0 || (socket.pendingBytes > 0 && !socket.closed)) return;
    for (const piece of this.#handedOver) this.#largeFrames?.giveBack(piece);
    this.#handedOver = [];
  }

  /** Gives the slab of a quiet connection back. */
  release(): void {
    if (this.bytes > 0) return;
    this.#slab = NOTHING;
    this.#start = this.#end = 0;
    this.#nextSlabBytes = SMALLEST_SLAB_BYTES;
  }

  /** What stands in the slab goes before the body, which is written as a piece of its own. */
  #addLarge(large: Buffer, body: BodyParts): void {
    copyBody(large, 0, body);
    this.#endPiece();
    this.#full.push(large);
    this.#fullBytes += large.length;
  }

  #endPiece(): void {
    if (this.#end === this.#start) return;
    this.#full.push(this.#slab.subarray(this.#start, this.#end));
    this.#fullBytes += this.#end - this.#start;
    this.#start = this.#end;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#slab.length) return;
    this.#endPiece();
    const isFirst = this.#slab.length === 0 && this.#nextSlabBytes <= SPARE_SLAB_BYTES && bytes <= SPARE_SLAB_BYTES;
    if (isFirst && this.#spares !== undefined) this.#slab = this.#spares.take();
    else {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(bytes, this.#nextSlabBytes));
      this.#nextSlabBytes = Math.min(this.#nextSlabBytes * 4, LARGEST_SLAB_BYTES);
    }
    this.#start = this.#end = 0;
  }
}

function lengthOf(body: BodyParts): number {
  if (body === undefined) return 0;
  if (body instanceof Uint8Array) return body.length;
  let bytes = 0;
  for (const part of body) bytes += part.length;
  return bytes;
}

function copyBody(slab: Buffer, at: number, body: BodyParts): number {
  if (body === undefined) return at;
  if (body instanceof Uint8Array) {
    slab.set(body, at);
    return at + body.length;
  }
  let position = at;
  for (const part of body) {
    slab.set(part, position);
    position += part.length;
  }
  return position;
}

function writePrefix(
  slab: Buffer,
  at: number,
  headerBytes: number,
  bodyBytes: number,
  serializeType: SerializeType,
): void {
  const total = 4 + headerBytes + bodyBytes;
  slab[at] = total >>> 24;
  slab[at + 1] = total >>> 16;
  slab[at + 2] = total >>> 8;
  slab[at + 3] = total;
  slab[at + 4] = serializeType;
  slab[at + 5] = headerBytes >>> 16;
  slab[at + 6] = headerBytes >>> 8;
  slab[at + 7] = headerBytes;
}
