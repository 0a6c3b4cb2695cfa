/** Goes through the slots of the wheel as their time comes, and delivers what is in them. */
import type { Clock, Logger } from '@rocketmq-ts/common';
import { SlotDelivery, type SlotDeliveryParts } from './slot-delivery.js';
import { slotOf, type TimerConfig } from './timer-parts.js';
import { CLOCK_CORRECTION_MS } from './timer-recovery.js';
import type { TimerWheel } from './timer-wheel.js';

export interface TimerDequeueParts extends SlotDeliveryParts {
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wheel: TimerWheel;
}

/** Source: TimerMessageStore#dequeue, TimerDequeueGetService. */
export class TimerDequeue {
  readonly #parts: TimerDequeueParts;
  readonly #startMs: number;
  /** The slots before this are done or under way. */
  #nextSlotMs: number;
  #current: SlotDelivery | undefined;

  constructor(parts: TimerDequeueParts, readTimeMs: number) {
    this.#parts = parts;
    this.#nextSlotMs = readTimeMs;
    this.#startMs = parts.clock.now() + parts.config.disappearTimeAfterStart;
  }

  /** The first slot that is not done, nor under way. */
  get nextSlotMs(): number {
    return this.#nextSlotMs;
  }

  /** The slots before this are done. */
  get readTimeMs(): number {
    return this.#current?.slotTimeMs ?? this.#nextSlotMs;
  }

  /** Whether a slot is under way. */
  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** Delivers a part of what is due in the slots before `untilMs`; false when there is nothing. */
  async step(untilMs: number): Promise<boolean> {
    const { config, clock, wheel } = this.#parts;
    if (config.timerStopDequeue || clock.now() < this.#startMs) return false;
    this.#current ??= this.#take(untilMs);
    const slot = this.#current;
    if (slot === undefined) return false;
    if (await slot.step()) {
      this.#current = undefined;
      wheel.passed(slot.slotTimeMs);
    }
    return true;
  }

  /** When there is something to deliver next, ms since the epoch; undefined while nothing waits. */
  get dueMs(): number | undefined {
    const { config, wheel } = this.#parts;
    if (config.timerStopDequeue) return undefined;
    const next = wheel.nextOccupied(this.#nextSlotMs);
    return next === undefined ? undefined : Math.max(next + config.timerPrecisionMs, this.#startMs);
  }

  /** How long the oldest slot that is due has been waiting, ms. Source: TimerMessageStore#getDequeueBehindMillis. */
  get behindMs(): number {
    const now = this.#parts.clock.now();
    const oldest = this.#current?.slotTimeMs ?? this.#parts.wheel.nextOccupied(this.#nextSlotMs, this.#slotOfNow());
    return oldest === undefined ? 0 : Math.max(0, now - oldest);
  }

  /** The earliest slot whose time is over; a slot is due when the one after it has begun. */
  #take(untilMs: number): SlotDelivery | undefined {
    const { wheel, config } = this.#parts;
    const now = this.#slotOfNow();
    this.#followClock(now);
    const endMs = Math.min(now, untilMs);
    const next = wheel.nextOccupied(this.#nextSlotMs, endMs);
    if (next === undefined) {
      this.#nextSlotMs = Math.max(this.#nextSlotMs, endMs);
      return undefined;
    }
    const slot = wheel.slot(next);
    this.#nextSlotMs = next + config.timerPrecisionMs;
    return slot === undefined ? undefined : new SlotDelivery(this.#parts, next, slot);
  }

  /** A clock that was set back far makes the times in between come again, without what was delivered in them. */
  #followClock(now: number): void {
    if (now >= this.#nextSlotMs - CLOCK_CORRECTION_MS - this.#parts.config.timerPrecisionMs) return;
    this.#parts.logger.warn('the clock went back', { from: this.#nextSlotMs, to: now });
    this.#parts.wheel.forget(now, this.#nextSlotMs);
    this.#nextSlotMs = now;
  }

  #slotOfNow(): number {
    return slotOf(this.#parts.clock.now(), this.#parts.config.timerPrecisionMs);
  }
}
