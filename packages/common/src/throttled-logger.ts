/** Keeps those who can bring about lines of log from filling disks with them. */
import type { LogFields, Logger } from './logger.js';

const WINDOW_MS = 1000;
const DEFAULT_LINES = 20;
type Level = 'debug' | 'info' | 'warn' | 'error';

interface Count {
  windowStartMs: number;
  lines: number;
  leftOut: number;
}

/**
 * Passes on so many lines of each message in a second. The first one after a
 * second with more says how many were left out.
 */
export class ThrottledLogger implements Logger {
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #maxLines: number;
  /** By message: as many as there are in the code. */
  readonly #counts = new Map<string, Count>();

  /** `nowMs` is a monotonic time. */
  constructor(logger: Logger, nowMs: () => number, maxLines = DEFAULT_LINES) {
    this.#logger = logger;
    this.#nowMs = nowMs;
    this.#maxLines = maxLines;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new ThrottledLogger(this.#logger.child(fields), this.#nowMs, this.#maxLines);
  }

  #log(level: Level, message: string, fields: LogFields | undefined): void {
    const nowMs = this.#nowMs();
    let count = this.#counts.get(message);
    if (count === undefined) {
      count = { windowStartMs: nowMs, lines: 0, leftOut: 0 };
      this.#counts.set(message, count);
    } else if (nowMs - count.windowStartMs >= WINDOW_MS) {
      count.windowStartMs = nowMs;
      count.lines = 0;
    }
    if (count.lines >= this.#maxLines) {
      count.leftOut++;
      return;
    }
    count.lines++;
    const { leftOut } = count;
    count.leftOut = 0;
    this.#logger[level](message, leftOut === 0 ? fields : { ...fields, leftOut });
  }
}
