/** What one connection has to send, gathered in few large buffers until the end of the turn. */
import type { Lender, Socket } from '@rocketmq-ts/common';
import type { SerializeType } from '../remoting-command.js';
import { type CommandHead, writeHeader } from './header-encoder.js';
import { LARGE_FRAME_BYTES, type LargeFrames } from './large-frames.js';
import type { BodyParts, OutgoingContent } from './outgoing.js';
import { SPARE_SLAB_BYTES, type SpareSlabs } from './spare-slabs.js';

const SMALLEST_SLAB_BYTES = 1024;
const LARGEST_SLAB_BYTES = 256 * 1024;
/** Frame bytes before the header: total length, serialize type, header length. */
const PREFIX_BYTES = 8;
/** Longer ones are written elsewhere first, and copied. */
const USUAL_HEADER_BYTES = 2048;
/** Shorter pieces of a body are copied although they are lent: each costs the socket more than its copy. */
const SMALLEST_LENT_BYTES = 8 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Frames are encoded behind one another into a slab; `flush` gives the written
 * part to the socket. A slab is written again from its start when the socket
 * took everything at once, as it mostly does; else the socket still holds it.
 * Bodies that are lent go to the socket as they are, and very large ones lie in
 * memory of `largeFrames`: both until the socket has sent all.
 */
export class Outbox {
  readonly #largeFrames: LargeFrames | undefined;
  readonly #spares: SpareSlabs | undefined;
  #slab: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** What goes to the socket before the rest of the slab, and its bytes. */
  #full: Uint8Array[] = [];
  #fullBytes = 0;
  /** To be told when the socket has sent what is gathered, and what it has got already. */
  #releases: (() => void)[] = [];
  #awaited: (() => void)[] = [];
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

  /** Adds a frame. Of its body what nobody lends is copied. */
  add(serializeType: SerializeType, head: CommandHead, content: OutgoingContent): void {
    const { body, lenders } = content;
    const bodyBytes = lengthOf(body);
    const large = bodyBytes < LARGE_FRAME_BYTES ? undefined : this.#largeFrames?.tryTake(bodyBytes);
    const copiedBytes = large === undefined && lenders === undefined ? bodyBytes : 0;
    this.#reserve(PREFIX_BYTES + USUAL_HEADER_BYTES + copiedBytes);
    const header = writeHeader(serializeType, head, content, this.#slab, this.#end + PREFIX_BYTES);
    const headerBytes = header.length;
    this.#reserve(PREFIX_BYTES + headerBytes + copiedBytes);
    const slab = this.#slab;
    const at = this.#end;
    if (!header.isAt(slab, at + PREFIX_BYTES)) slab.set(header.view(), at + PREFIX_BYTES);
    writePrefix(slab, at, headerBytes, bodyBytes, serializeType);
    this.#end = at + PREFIX_BYTES + headerBytes;
    if (large !== undefined) this.#addLarge(large, body);
    else if (body === undefined) return;
    else if (body instanceof Uint8Array) this.#addPiece(body, lenders?.[0]);
    else for (let i = 0; i < body.length; i++) this.#addPiece(body[i]!, lenders?.[i]);
  }

  /** Gives everything gathered to the socket. */
  flush(socket: Socket): void {
    const rest = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    if (this.#full.length === 0) {
      if (rest.length > 0) socket.write(rest);
    } else {
      const pieces = this.#full;
      if (rest.length > 0) pieces.push(rest);
      this.#full = [];
      this.#fullBytes = 0;
      socket.writeAll(pieces);
    }
    // Mostly nothing is lent: then nothing is allocated for it.
    if (this.#releases.length > 0) this.#awaited.push(...this.#releases.splice(0));
    if (socket.pendingBytes > 0) return;
    this.settle(socket);
    if (this.#slab.length > LARGEST_SLAB_BYTES || this.#spares?.tryGive(this.#slab)) this.#slab = NOTHING;
    this.#start = this.#end = 0;
  }

  /** Tells lenders that the socket holds their memory no more: because all was sent, or because nothing will be. */
  settle(socket: Socket): void {
    if (socket.pendingBytes > 0 && !socket.closed) return;
    if (this.#awaited.length > 0) for (const release of this.#awaited.splice(0)) release();
    if (!socket.closed) return;
    for (const release of this.#releases.splice(0)) release();
  }

  /** Gives the slab of a quiet connection back. */
  release(): void {
    if (this.bytes > 0) return;
    this.#slab = NOTHING;
    this.#start = this.#end = 0;
    this.#nextSlabBytes = SMALLEST_SLAB_BYTES;
  }

  #addPiece(piece: Uint8Array, lender: Lender | undefined): void {
    if (lender !== undefined && piece.length >= SMALLEST_LENT_BYTES && lender.hold()) {
      this.#endPiece();
      this.#full.push(piece);
      this.#fullBytes += piece.length;
      this.#releases.push(() => lender.release());
      return;
    }
    this.#reserve(piece.length);
    this.#slab.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** What stands in the slab goes before the body, which is written as a piece of its own. */
  #addLarge(large: Buffer, body: BodyParts): void {
    copyBody(large, 0, body);
    this.#endPiece();
    this.#full.push(large);
    this.#fullBytes += large.length;
    this.#releases.push(() => this.#largeFrames?.giveBack(large));
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
