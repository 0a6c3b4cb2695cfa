/** A writer of strokes as the thread of the server is one, in virtual time: anything may happen between two of its steps. */
import { type Clock, type Files, isFileSystemError } from '@rocketmq-ts/common';
import {
  flushStroke,
  type Stroke,
  type StrokeAim,
  type StrokesUnderWay,
  type StrokeWriter,
  writeStroke,
} from './queue-stroke.js';

type State = 'waiting' | 'written' | 'out';

export class TestStrokeWriter implements StrokeWriter {
  readonly minQueues = 0;
  /** Strokes that were given, and those that were ended before their time. */
  given = 0;
  endedEarly = 0;
  readonly #clock: Clock;
  readonly #files: Files;
  /** Time until the next step; undefined when it has no time now. */
  readonly #delayMs: () => number | undefined;

  constructor(clock: Clock, files: Files, delayMs: () => number | undefined) {
    this.#clock = clock;
    this.#files = files;
    this.#delayMs = delayMs;
  }

  write(strokes: readonly Stroke[], aim: StrokeAim): StrokesUnderWay | undefined {
    if (this.#delayMs() === undefined) return undefined;
    this.given += strokes.length;
    const copies = strokes.map((stroke) => ({ ...stroke, bytes: Uint8Array.from(stroke.bytes) }));
    const states = copies.map((): State => 'waiting');
    const end = (i: number) => {
      this.endedEarly++;
      if (states[i] === 'waiting') states[i] = 'out';
      return states[i] === 'written';
    };
    return { ended: this.#run(copies, states, aim), end };
  }

  async #run(strokes: readonly Stroke[], states: State[], aim: StrokeAim): Promise<boolean> {
    for (const [i, stroke] of strokes.entries()) {
      await this.#pause();
      if (states[i] !== 'waiting') continue;
      try {
        writeStroke(this.#files, stroke);
        states[i] = 'written';
      } catch (error) {
        if (!isFileSystemError(error)) throw error;
        states[i] = 'out';
        return false;
      }
    }
    if (aim === 'written') return true;
    for (const [i, { path }] of strokes.entries()) {
      await this.#pause();
      if (states[i] === 'written') flushStroke(this.#files, path);
    }
    return true;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(this.#delayMs() ?? 0, resolve));
  }
}
