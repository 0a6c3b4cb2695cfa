/** Looks at the slots of the timer wheel: whether each leads to as many records of the timer log as it counts. */
import { silentLogger } from '@rocketmq-ts/common';
import { slotOf } from '../timer/timer-parts.js';
import { countOf, type TimerRecord } from '../timer/timer-record.js';
import { WHEEL_SLOTS } from '../timer/timer-wheel.js';
import { type WheelBase, WheelFiles } from '../timer/wheel-files.js';
import { readSlot, SLOT_BYTES, slotTime, type WheelSlot } from '../timer/wheel-slot.js';
import type { Findings } from './findings.js';
import type { TimerMarks } from './timer-log-check.js';

const SAID_OF_EACH = 5;

/** One slot as it stands in the file. */
export interface ReadSlot {
  readonly index: number;
  /** In units of the precision; what is neither 0 nor −1. */
  readonly time: number;
  /** Undefined when its positions cannot be. */
  readonly slot: WheelSlot | undefined;
}

/** What is asked of the timer log. */
export interface RecordSource {
  readonly minOffset: number;
  readonly endOffset: number;
  recordAt(position: number): TimerRecord | undefined;
}

/** What the wheel says of the time to come. */
export interface WheelSummary {
  readonly slots: number;
  readonly messages: number;
  readonly firstSlotMs: number;
  readonly lastSlotMs: number;
  /** Records that the slots lead to. */
  readonly records: number;
}

/** The file to go by; undefined without. */
export function wheelBase({ directory }: Pick<Findings, 'directory'>): WheelBase | undefined {
  return new WheelFiles({ files: directory.files, root: directory.root, logger: silentLogger }).base();
}

/** All slots that were ever used, in the order of the file. */
export function* wheelSlots({ directory }: Pick<Findings, 'directory'>, base: WheelBase): Generator<ReadSlot> {
  const files = new WheelFiles({ files: directory.files, root: directory.root, logger: silentLogger });
  for (const { index, bytes } of files.read(base)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
      const time = slotTime(view, at);
      if (time === 0 || time === -1) continue;
      yield { index: (index * bytes.length + at) / SLOT_BYTES, time, slot: readSlot(view, at) };
    }
  }
}

export class TimerWheelCheck {
  readonly #findings: Findings;
  readonly #marks: TimerMarks;
  readonly #base: WheelBase;
  readonly #log: RecordSource;
  #said = 0;
  #records = 0;
  #firstMs = 0;
  #lastMs = 0;
  #slots = 0;
  #messages = 0;

  constructor(findings: Findings, marks: TimerMarks, base: WheelBase, log: RecordSource) {
    this.#findings = findings;
    this.#marks = marks;
    this.#base = base;
    this.#log = log;
  }

  /** Looks at the slots whose time has not come: the others are leftovers that nobody reads. */
  run(): WheelSummary {
    for (const read of wheelSlots(this.#findings, this.#base)) {
      if (read.time % WHEEL_SLOTS !== read.index) {
        this.#say(`slot ${read.index} is of time ${read.time}, which belongs elsewhere`);
        continue;
      }
      const timeMs = read.time * this.#marks.precisionMs;
      if (timeMs < this.#marks.readTimeMs) continue;
      if (read.slot === undefined) this.#say(`slot ${read.index} has positions that cannot be`);
      else this.#take(read.slot, timeMs);
    }
    return {
      slots: this.#slots,
      messages: this.#messages,
      firstSlotMs: this.#firstMs,
      lastSlotMs: this.#lastMs,
      records: this.#records,
    };
  }

  #take(slot: WheelSlot, timeMs: number): void {
    this.#slots++;
    this.#messages += slot.count;
    this.#firstMs = this.#firstMs === 0 ? timeMs : Math.min(this.#firstMs, timeMs);
    this.#lastMs = Math.max(this.#lastMs, timeMs);
    if (!this.#findings.thorough) return;
    const wrong = this.#wrongChain(slot, timeMs);
    if (wrong !== undefined) this.#say(`the slot of ${new Date(timeMs).toISOString()} ${wrong}`);
  }

  /** Follows the links of a slot from its last record to its first. */
  #wrongChain(slot: WheelSlot, timeMs: number): string | undefined {
    const { precisionMs } = this.#marks;
    let count = 0;
    for (let position = slot.lastPosition; ; ) {
      // Files of the log in which nothing waits any more are deleted.
      if (position < this.#log.minOffset) return undefined;
      const record = position < this.#log.endOffset ? this.#log.recordAt(position) : undefined;
      if (record === undefined) return `leads to ${position}, where the timer log has no record`;
      if (slotOf(record.slotTimeMs, precisionMs) !== timeMs)
        return `leads to the record at ${position}, which is of ${record.slotTimeMs}`;
      count += countOf(record);
      this.#records++;
      if (position === slot.firstPosition) break;
      if (record.previous >= position || record.previous < 0)
        return `ends at ${position}, it begins at ${slot.firstPosition}`;
      position = record.previous;
    }
    return count === slot.count ? undefined : `counts ${slot.count} messages, its records make ${count}`;
  }

  #say(what: string): void {
    const { problems, notes, abort, directory } = this.#findings;
    const path = directory.nameOf(this.#base.path);
    if (abort) {
      // It is made again at the next start.
      if (this.#said++ === 0) notes.push(`${path}: ${what}`);
    } else if (this.#said++ < SAID_OF_EACH) problems.add('timer', path, what);
    else problems.count++;
  }
}
