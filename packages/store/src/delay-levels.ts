/** The delay levels of `messageDelayLevel`. Source: DefaultMessageStore#parseDelayLevel. */
import type { DeliverTime } from './record-reader.js';

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
/** What the reference takes for a level that it does not know. */
const UNKNOWN_LEVEL_MS = 1000;

/** Delays in ms by level; level 1 is at index 0. Throws for a text that is no list of times. */
export function parseDelayLevels(text: string): number[] {
  return text
    .trimEnd()
    .split(' ')
    .map((word) => {
      const unit = UNIT_MS.get(word.slice(-1));
      const count = Number(word.slice(0, -1));
      if (unit === undefined || word.length < 2 || !Number.isSafeInteger(count)) {
        throw new Error(`messageDelayLevel '${text}': '${word}' is not a time such as 10s, 5m, 2h, 1d`);
      }
      return unit * count;
    });
}

/** When a message of a level is to be delivered; levels above the highest count as the highest. */
export function deliverTimeOf(messageDelayLevel: string): DeliverTime {
  const levels = parseDelayLevels(messageDelayLevel);
  return (level, storeTimestamp) => {
    const index = Math.min(level, levels.length) - 1;
    return storeTimestamp + (levels[index] ?? UNKNOWN_LEVEL_MS);
  };
}
