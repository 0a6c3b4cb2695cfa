/** How far ahead a message goes into the wheel: one that is due later goes round once more. */
import { MAX_INT32 } from '../numbers.js';
import { REACH_SLOTS } from './timer-wheel.js';

/** Slots of the reach that stay free. Source: TimerMessageStore#TIMER_BLANK_SLOTS. */
export const BLANK_SLOTS = 60;
const LARGEST_WINDOW_SLOTS = REACH_SLOTS - BLANK_SLOTS;

/** Source: TimerMessageStore#doEnqueue. */
export class RollWindow {
  readonly #precisionMs: number;
  readonly #slots: number;

  constructor(config: { readonly timerRollWindowSlot: number; readonly timerPrecisionMs: number }) {
    this.#precisionMs = config.timerPrecisionMs;
    const configured = config.timerRollWindowSlot;
    const slots = configured < 2 || configured > LARGEST_WINDOW_SLOTS ? LARGEST_WINDOW_SLOTS : configured;
    // A record tells the time of its slot as a 32-bit distance.
    this.#slots = Math.min(slots, Math.floor(MAX_INT32 / this.#precisionMs));
  }

  /**
   * The slot for a message that is due at `outMs`, and whether it goes on from there. Of a message that would
   * have little left to go then, half a window: time enough to be put into the wheel anew.
   */
  place(outMs: number, writeTimeMs: number): { readonly slotTimeMs: number; readonly rolls: boolean } {
    const windowMs = this.#slots * this.#precisionMs;
    const leftMs = outMs - writeTimeMs - windowMs;
    if (leftMs < 0) return { slotTimeMs: outMs, rolls: false };
    const isNear = leftMs < Math.floor(this.#slots / 3) * this.#precisionMs;
    const reachMs = isNear ? Math.floor(this.#slots / 2) * this.#precisionMs : windowMs;
    return { slotTimeMs: writeTimeMs + reachMs, rolls: true };
  }
}
