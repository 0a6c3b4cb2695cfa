/** Moments that applications name. */
import { InvalidArgumentError } from './errors.js';

/** A date, or ms since the epoch. */
export type Moment = Date | { readonly timestampMs: number };

/** ms since the epoch; `option` is for the error. @throws InvalidArgumentError */
export function momentMs(option: string, moment: Moment): number {
  const timestampMs = moment instanceof Date ? moment.getTime() : moment?.timestampMs;
  if (Number.isSafeInteger(timestampMs) && timestampMs >= 0) return timestampMs;
  throw new InvalidArgumentError(`${option}: a Date or { timestampMs } from 0 is needed`);
}
