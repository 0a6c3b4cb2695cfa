/**
 * The wheel: which records of the timer log are due at which moment. Only pages
 * with slots in use are in memory; what is on disk is the business of `WheelFiles`.
 */
import { readSlot, SLOT_BYTES, slotTime, type WheelSlot, writeSlot } from './wheel-slot.js';

const DAY_SECONDS = 24 * 3600;
/** What the wheel reaches, in slots: a week of seconds. Source: TimerMessageStore#TIMER_WHEEL_TTL_DAY. */
export const REACH_SLOTS = 7 * DAY_SECONDS;
/** Slots of the wheel: twice its reach, so that what is due and what is far are told apart. */
export const WHEEL_SLOTS = 2 * REACH_SLOTS;
/** Slots of a page of 4096 bytes. */
const PAGE_SLOTS = 128;
export const WHEEL_PAGE_BYTES = PAGE_SLOTS * SLOT_BYTES;
export const WHEEL_BYTES = WHEEL_SLOTS * SLOT_BYTES;

/** A piece of the wheel as it stands in its file. */
export interface WheelPage {
  readonly index: number;
  readonly bytes: Uint8Array;
}

class Page implements WheelPage {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The latest time of its slots, in units. */
  lastTime = 0;
  dirty = false;

  constructor(index: number, bytes = new Uint8Array(WHEEL_PAGE_BYTES)) {
    this.index = index;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** Source: TimerWheel. Times are ms since the epoch, multiples of the precision. */
export class TimerWheel {
  readonly #precisionMs: number;
  readonly #pages = new Map<number, Page>();
  readonly #dirty = new Set<Page>();
  #total = 0;

  constructor(precisionMs: number) {
    this.#precisionMs = precisionMs;
  }

  /** Messages in all slots that were not passed. */
  get total(): number {
    return this.#total;
  }

  /** The slot of a moment; undefined when it is empty. */
  slot(timeMs: number): WheelSlot | undefined {
    return this.#slotAt(this.#unit(timeMs));
  }

  /** Messages in the slot of a moment. Source: TimerWheel#getNum. */
  count(timeMs: number): number {
    return this.slot(timeMs)?.count ?? 0;
  }

  /** Adds a record, and `count` messages, to the slot of a moment. */
  add(timeMs: number, position: number, count: number): void {
    const time = this.#unit(timeMs);
    const slot = this.#slotAt(time);
    this.#put({
      time,
      firstPosition: slot?.firstPosition ?? position,
      lastPosition: position,
      count: (slot?.count ?? 0) + count,
    });
    this.#total += count;
  }

  /** The earliest slot in use, `fromMs` included, `beforeMs` not; undefined when there is none. */
  nextOccupied(fromMs: number, beforeMs = Number.POSITIVE_INFINITY): number | undefined {
    if (this.#pages.size === 0) return undefined;
    const from = this.#unit(fromMs);
    const end = Math.min(from + WHEEL_SLOTS, beforeMs / this.#precisionMs);
    for (let time = from; time < end; ) {
      const inPage = time % PAGE_SLOTS;
      const page = this.#pages.get(Math.floor((time % WHEEL_SLOTS) / PAGE_SLOTS));
      if (page === undefined || page.lastTime < time) {
        time += PAGE_SLOTS - inPage;
        continue;
      }
      if (slotTime(page.view, inPage * SLOT_BYTES) === time) return time * this.#precisionMs;
      time++;
    }
    return undefined;
  }

  /** Notes that the messages of a slot are not waiting any more; the slot stays as it is. */
  passed(timeMs: number): void {
    this.#total -= this.count(timeMs);
  }

  /** Empties the slots from `fromMs` to before `beforeMs`: they were passed, and their time comes a second time. */
  forget(fromMs: number, beforeMs: number): void {
    for (let at = this.nextOccupied(fromMs, beforeMs); at !== undefined; at = this.nextOccupied(at, beforeMs)) {
      const time = this.#unit(at);
      const page = this.#pageOf(time);
      page.bytes.fill(0, (time % PAGE_SLOTS) * SLOT_BYTES, ((time % PAGE_SLOTS) + 1) * SLOT_BYTES);
      this.#markDirty(page);
    }
  }

  /**
   * Takes over a page of a file, if one of its slots is not before `fromMs`. False when a slot in use can not
   * be one of a log that ends at `logEnd`.
   */
  restore({ index, bytes }: WheelPage, fromMs: number, logEnd: number): boolean {
    const page = new Page(index, Uint8Array.from(bytes));
    const from = this.#unit(fromMs);
    let found = false;
    for (let at = 0; at < WHEEL_PAGE_BYTES; at += SLOT_BYTES) {
      const time = slotTime(page.view, at);
      const isOurs =
        time >= from && time < from + WHEEL_SLOTS && time % WHEEL_SLOTS === index * PAGE_SLOTS + at / SLOT_BYTES;
      if (!isOurs) continue;
      const slot = readSlot(page.view, at);
      if (slot === undefined || slot.lastPosition >= logEnd) return false;
      page.lastTime = Math.max(page.lastTime, time);
      this.#total += slot.count;
      found = true;
    }
    if (found) this.#pages.set(index, page);
    return true;
  }

  /** Empties the wheel. */
  clear(): void {
    this.#pages.clear();
    this.#dirty.clear();
    this.#total = 0;
  }

  /** All pages in memory, those that are to be written and those that are not. */
  get pages(): Iterable<WheelPage> {
    return this.#pages.values();
  }

  /** Whether something is to be written. */
  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Takes the pages that have changed since they were taken last. */
  takeDirty(): WheelPage[] {
    const pages = [...this.#dirty];
    for (const page of pages) page.dirty = false;
    this.#dirty.clear();
    return pages;
  }

  /** Puts pages back that could not be written. */
  markDirty(pages: Iterable<WheelPage>): void {
    for (const { index } of pages) {
      const page = this.#pages.get(index);
      if (page !== undefined) this.#markDirty(page);
    }
  }

  /** Gives back the memory of pages that are written and have only slots before a moment. */
  release(beforeMs: number): void {
    const before = this.#unit(beforeMs);
    for (const [index, page] of this.#pages) {
      if (!page.dirty && page.lastTime < before) this.#pages.delete(index);
    }
  }

  #slotAt(time: number): WheelSlot | undefined {
    const page = this.#pages.get(Math.floor((time % WHEEL_SLOTS) / PAGE_SLOTS));
    const at = (time % PAGE_SLOTS) * SLOT_BYTES;
    return page === undefined || slotTime(page.view, at) !== time ? undefined : readSlot(page.view, at);
  }

  #put(slot: WheelSlot): void {
    const page = this.#pageOf(slot.time);
    writeSlot(page.view, (slot.time % PAGE_SLOTS) * SLOT_BYTES, slot);
    page.lastTime = Math.max(page.lastTime, slot.time);
    this.#markDirty(page);
  }

  #pageOf(time: number): Page {
    const index = Math.floor((time % WHEEL_SLOTS) / PAGE_SLOTS);
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = new Page(index);
      this.#pages.set(index, page);
    }
    return page;
  }

  #markDirty(page: Page): void {
    page.dirty = true;
    this.#dirty.add(page);
  }

  #unit(timeMs: number): number {
    return Math.floor(timeMs / this.#precisionMs);
  }
}
